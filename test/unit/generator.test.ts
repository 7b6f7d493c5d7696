/** The generated files are up to date, complete, and independent of any environment. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { changesIn, generate, generated } from '../../generator/generate.ts';
import { notebooks } from '../../generator/notebooks.ts';
import { markdown } from '../../generator/text.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { ROOT } from '../../src/root.ts';
import { readGuide } from '../fixtures/guides.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';

const files = await generated(ROOT);

describe('a copy of the repository', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(path.join(os.tmpdir(), 'generator-'));
    for (const part of ['notebooks', 'jobs', 'airflow/dags', 'databricks.yml'])
      cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  test('is up to date, and a second run writes nothing', async () => {
    expect(await changesIn(copy)).toEqual(new Map());
    expect(await generate(copy)).toEqual([]);
  });

  test('with changed, missing and obsolete files is repaired, and these files are named', async () => {
    writeFileSync(path.join(copy, 'notebooks/3_clean/pin.py'), '# changed by hand\n');
    rmSync(path.join(copy, 'jobs/batch.yml'));
    const forgotten = files.get('notebooks/4_answers/users_joined_by_year.sql') ?? '';
    writeFileSync(path.join(copy, 'notebooks/4_answers/forgotten.sql'), forgotten);
    const stale = ['jobs/batch.yml', 'notebooks/3_clean/pin.py', 'notebooks/4_answers/forgotten.sql'];
    expect([...(await changesIn(copy)).keys()]).toEqual(stale);
    expect(await generate(copy)).toEqual(stale);
    expect(existsSync(path.join(copy, 'notebooks/4_answers/forgotten.sql'))).toBe(false);
    expect(await changesIn(copy)).toEqual(new Map());
  });

  test("keeps the team's own notebooks, jobs and DAGs", async () => {
    const own = ['notebooks/explore.py', 'jobs/mine.yml', 'airflow/dags/ours.py'];
    for (const file of own) writeFileSync(path.join(copy, file), '# npm run generate does not write this\n');
    expect(await changesIn(copy)).toEqual(new Map());
    expect(await generate(copy)).toEqual([]);
    for (const file of own) expect(existsSync(path.join(copy, file)), file).toBe(true);
  });

  test('can remove every rendered file but the dashboard, because the others name the command', () => {
    const nameless = [...files].filter(([, text]) => !/by ["`]npm run generate["`]/.test(text));
    expect(nameless.map(([file]) => file)).toEqual(['jobs/pinterest.lvdash.json']);
  });
});

describe.each([...files].filter(([file]) => file.startsWith('notebooks/')))('%s', (file, text) => {
  test('is a notebook in source format and names its source file', () => {
    const comment = file.endsWith('.sql') ? '--' : '#';
    expect(text.split('\n')[0]).toBe(`${comment} Databricks notebook source`);
    const facts = /Rendered from `([^`]+)`/.exec(text)?.[1];
    expect(existsSync(path.join(ROOT, facts ?? '?'))).toBe(true);
  });

  test('contains no template syntax and names no environment', () => {
    // The test rows in expected.py contain both: `}}` ends a nested object, and a rule must reject a path below /tmp.
    const own = file === 'notebooks/7_verify/expected.py' ? text.replaceAll(/\}\}|\/tmp\//g, '') : text;
    expect(own).not.toMatch(/\{\{|\}\}|undefined|\[object|&#|&quot;/);
    expect(own).not.toMatch(/127\.0\.0\.1|localhost|spark_catalog|AKIA|\/tmp\//);
  });
});

test('the alerts on the tables of the stream pause with the stream', () => {
  const { targets } = parse(files.get('jobs/alerts.yml') ?? '');
  const found = Object.entries<{ schedule: { pause_status: string } }>(targets.prod.resources.alerts);
  const paused = (ofStream: boolean) =>
    new Set(
      found
        .filter(([key]) => key.startsWith('stream_') === ofStream)
        .map(([, { schedule }]) => schedule.pause_status),
    );
  expect(paused(true)).toEqual(new Set(['${var.stream_status}']));
  expect(paused(false)).toEqual(new Set(['UNPAUSED']));
});

describe('notebooks that run other notebooks', () => {
  const runs = [...files].flatMap(([file, text]) =>
    [...text.matchAll(/MAGIC %run (\S+)|notebook\.run\(\s*f"(\.\/[^"]+)"|[([]f?"(\d_[^"]+)", \{/g)].flatMap(
      (match) =>
        datasets.map(({ name }) => {
          const [, included, run, checked] = match;
          const other = checked ? `../${checked}` : (included ?? run ?? '');
          const named = other.replace('{dataset}', name).replace('{answer}', queries[0]?.name ?? '');
          return [file, path.join(path.dirname(file), named)] as const;
        }),
    ),
  );

  test('are found: cleaning runs 0_tables, the rebuild runs the cleaning, and the checks run all notebooks', () => {
    expect(runs).toContainEqual(['notebooks/3_clean/pin.py', 'notebooks/0_tables/pin']);
    expect(runs).toContainEqual(['notebooks/5_rebuild.py', 'notebooks/3_clean/pin']);
    const checked = runs
      .filter(([file]) => file === 'notebooks/7_verify/checks.py')
      .map(([, other]) => other);
    expect(checked).toEqual(
      expect.arrayContaining(
        ['0_tables/all', '3_clean/pin', '5_rebuild', '6_maintenance/tables'].map(
          (name) => `notebooks/${name}`,
        ),
      ),
    );
  });

  test.each(runs)('%s runs %s, which exists', (_, other) => {
    expect([...files.keys()].map((file) => file.replace(/\.(py|sql)$/, ''))).toContain(other);
  });
});

test.each([...files].filter(([file]) => file.startsWith('notebooks/4_answers/')))(
  '%s has only SQL and Markdown, as a SQL warehouse requires',
  (_, text) => {
    const magics = [...text.matchAll(/^-- MAGIC %(\w+)/gm)].map(([, name]) => name);
    expect(magics).toEqual(['md']);
  },
);

test('code spans in Markdown end with as many backticks as they begin with; other text can not contain HTML', () => {
  expect(markdown('one of ``<b>`')).toBe('one of ``&lt;b>`');
  expect(markdown('`<a>`, ``<`b``, <c>')).toBe('`<a>`, ``<`b``, &lt;c>');
});

describe('$ in SQL', () => {
  const [dataset] = datasets;
  const rendered = (select: string) =>
    notebooks(dataset ? [dataset] : [], [parseQuery('q', `-- How many?\n${select}`)]).get(
      'notebooks/4_answers/q.sql',
    );

  test('is escaped, because it refers to a widget in a notebook', () => {
    const sql = (path: string) => `SELECT get_json_object(image, '${path}') AS id FROM clean_pin`;
    expect(rendered(sql('$.id'))).toContain("get_json_object(image, '\\$.id')");
    expect(rendered(sql('\\$.id'))).toContain("get_json_object(image, '\\$.id')");
    // The second backslash is escaped by the first and does not escape the $.
    expect(rendered(sql('\\\\$'))).toContain("get_json_object(image, '\\\\\\$')");
  });

  test('is refused in a raw string, where a backslash escapes nothing', () => {
    expect(() => rendered("SELECT title RLIKE r'^\\d$' AS d FROM clean_pin")).toThrow(
      "src/project/queries/q.sql: r'^\\d$' contains $, which refers to a widget in a notebook and can't be escaped there: write it without r, and with \\\\ for each \\.",
    );
  });

  test('is refused in a quoted name', () => {
    expect(() => rendered('SELECT title AS `US$` FROM clean_pin')).toThrow(
      "src/project/queries/q.sql: `US$` contains $, which refers to a widget in a notebook and can't be escaped there: use another name.",
    );
  });

  test('is escaped between backticks of a comment or a string', () => {
    expect(rendered("SELECT '`$`' AS a FROM clean_pin -- `$.id`")).toContain(
      "'`\\$`' AS a FROM clean_pin -- `\\$.id`",
    );
  });
});

test('every query groups ages in the same way', () => {
  const groups = queries.flatMap(({ sql }) => /CASE\s+WHEN age[\s\S]*?END AS age_group/.exec(sql)?.[0] ?? []);
  expect(groups.length).toBeGreaterThan(1);
  expect(new Set(groups.map((group) => group.replaceAll(/\s+/g, ' '))).size).toBe(1);
});

test.each(['all', 'make', 'records', 'write'])(
  'a dataset can not be called %s, because a notebook has this name',
  (name) => {
    const [dataset] = datasets;
    if (!dataset) throw new Error('there is no dataset');
    expect(() => notebooks([{ ...dataset, name }], queries)).toThrow(`A dataset cannot be called ${name}: `);
  },
);

test('the index names every query file', () => {
  const files = readdirSync(path.join(ROOT, 'src/project/queries')).filter((file) => file.endsWith('.sql'));
  expect(queries.map(({ name }) => `${name}.sql`).sort()).toEqual(files.sort());
});

test('comments and strings change neither the columns nor the datasets of a query', () => {
  const { columns, reads } = parseQuery(
    'posts_by_note',
    `-- How many?
SELECT country -- taken from geo
  , 'a, b' AS note /* not clean_user, */, count(*) AS posts -- ties (if any, all
FROM clean_geo
WHERE category <> 'clean_pin' -- not clean_user, which
GROUP BY ALL`,
  );
  expect(columns).toEqual(['country', 'note', 'posts']);
  expect(reads).toEqual(['geo']);
});

test.each([
  ['FROM clean_pin JOIN clean_geo USING (ind)', ['pin', 'geo']],
  ['FROM clean_pin AS p, `clean_geo` g WHERE p.ind = g.ind', ['pin', 'geo']],
  ['FROM Clean_Pin', ['pin']],
  ['FROM main.posts.clean_pin', ['pin']],
  ['FROM (SELECT clean_count, clean_sum FROM clean_pin) AS clean_part', ['pin']],
  ['FROM clean_pin WHERE ind IN (SELECT ind FROM clean_geo)', ['pin', 'geo']],
  ['FROM (clean_pin JOIN clean_geo ON least(clean_pin.ind, 1) = clean_geo.ind)', ['pin', 'geo']],
])('the datasets of %j are %j', (from, reads) => {
  expect(parseQuery('q', `-- How many?\nSELECT count(*) AS n ${from}`).reads).toEqual(reads);
});

test.each([
  [
    'WITH a AS (SELECT 1 AS x) SELECT country AS land, n FROM clean_geo UNION ALL SELECT country, 2 FROM clean_geo',
    ['land', 'n'],
  ],
  ['SELECT 1 AS one UNION SELECT 2', ['one']],
  ['SELECT `größe`, t.`価格`, count(*) AS `order` FROM clean_pin t', ['größe', '価格', 'order']],
  [
    'SELECT p.ind, p.title t, max(p.ind) m, p.end, max(ind) AS end FROM clean_pin p',
    ['ind', 't', 'm', 'end', 'end'],
  ],
  ['SELECT CASE WHEN ind > 1 THEN 2 END AS more, ind IS NULL AS none FROM clean_pin', ['more', 'none']],
  ...[
    '*',
    'p.*',
    'count(*)',
    'a + b',
    'n / 2',
    'a IS NULL',
    'NOT a',
    'CASE WHEN a THEN b END',
    'CASE WHEN a THEN max(b) END',
    'count(*) OVER w',
    "'a'",
    '1',
  ].map((item): [string, string[]] => [`SELECT ind, ${item} FROM clean_pin`, []]),
])('the columns of %j are %j', (select, columns) => {
  expect(parseQuery('q', `-- How many?\n${select}`).columns).toEqual(columns);
});

test('a name that the query itself defines is no dataset', () => {
  const own = `-- How many?
WITH clean_recent AS (SELECT * FROM clean_pin),
clean_named (ind, n) AS (SELECT ind, count(*) FROM clean_recent GROUP BY ind)
SELECT count(*) AS n FROM clean_named`;
  expect(parseQuery('q', own).reads).toEqual(['pin']);
  const shadowing = `-- How many?
WITH clean_pin AS (SELECT * FROM clean_pin WHERE ind > (1 + 1) )
SELECT count(*) AS n FROM clean_pin`;
  expect(parseQuery('q', shadowing).reads).toEqual(['pin']);
});

test('a query begins with its question', () => {
  expect(parseQuery('q', '-- Who?\n-- Really.\nSELECT 1 FROM clean_pin').question).toBe('Who?');
  expect(() => parseQuery('q', 'SELECT 1')).toThrow('q.sql must begin with its question');
});

describe('a query declares its chart', () => {
  const SELECT =
    'SELECT country, max(n) AS most\nFROM (SELECT country, count(*) AS n FROM clean_geo GROUP BY ALL)\nGROUP BY ALL';
  const query = (...comments: string[]) =>
    parseQuery('q', ['-- Where?', ...comments.map((line) => `-- ${line}`), SELECT].join('\n'));

  test('in a comment line, which is not shown as a note', () => {
    expect(query('Ties are listed.', 'chart: bars value=most by=country')).toMatchObject({
      columns: ['country', 'most'],
      chart: { kind: 'bars', value: 'most', by: ['country'], scale: 'linear' },
      notes: 'Ties are listed.',
    });
    expect(query('Just a table.')).not.toHaveProperty('chart');
  });

  test.each([
    [
      'an unknown kind of chart',
      'chart: pie value=most by=country',
      'must be one of bars, dots, heatmap, map, got "pie',
    ],
    [
      'an unknown word in the line',
      'chart: bars value=most by=country color=red',
      'can have value=, by=, label= and scale=',
    ],
    ['a repeated word', 'chart: bars value=most value=most by=country', 'each at most once'],
    ['no value', 'chart: bars by=country', 'must use value= to name the column with its numbers'],
    ['no groups', 'chart: bars value=most', 'must name 1 column with by= for bars'],
    [
      'a missing group',
      'chart: heatmap value=most by=country',
      'must name 2 columns (across and down) with by= for heatmap',
    ],
    ['an extra group', 'chart: map value=most by=country,most', 'must name 1 column with by= for map'],
    ['an unknown column', 'chart: bars value=n by=country', '(country, most), not n'],
    ['bars on a logarithmic scale', 'chart: bars value=most by=country scale=log', 'bars begin at zero'],
    [
      'an unknown scale',
      'chart: dots value=most by=country scale=root',
      'must have scale=linear or scale=log',
    ],
  ])('%s is reported', (_, line, told) => {
    expect(() => query(line)).toThrow(told);
  });

  test('by columns with letters of any language', () => {
    const text =
      '-- What?\n-- chart: bars value=価格 by=größe\nSELECT `größe`, max(`価格`) AS `価格` FROM clean_geo';
    expect(parseQuery('q', text).chart).toMatchObject({ value: '価格', by: ['größe'] });
  });

  test('in at most one line', () => {
    const line = 'chart: bars value=most by=country';
    expect(() => query(line, line)).toThrow('must have at most one chart line, got 2');
  });

  test('whenever its answer has groups', () => {
    for (const { name, chart, columns } of queries) if (columns.length > 1) expect(chart, name).toBeDefined();
  });
});

test('a ninth question needs only one new file: it gets a notebook and maintenance, and the other notebooks do not change', () => {
  const ninth = parseQuery(
    'posts_by_year',
    '-- How many posts were made in each year?\nSELECT year(timestamp) AS post_year, count(*) AS posts\nFROM clean_geo\nGROUP BY ALL',
  );
  const nine = notebooks(datasets, [...queries, ninth]);
  const notebook = nine.get('notebooks/4_answers/posts_by_year.sql');
  expect(notebook).toContain('CREATE OR REPLACE TABLE posts_by_year');
  const eight = notebooks(datasets, queries);
  expect(nine.size).toBe(eight.size + 1);
  const [upkeep = ''] = [...eight.keys()].filter((file) => file.endsWith('6_maintenance/answers.py'));
  expect(nine.get(upkeep)).toContain('"posts_by_year"');
  eight.delete(upkeep);
  for (const [file, text] of eight) expect(nine.get(file), file).toBe(text);
});

test('a checkout with CRLF renders the same files', () => {
  const copy = new ProjectCopy();
  try {
    for (const entry of readdirSync(copy.root, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || file.includes('node_modules')) continue;
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('\n', '\r\n'));
    }
    expect(copy.run('generate', 'check')).toContain('Generated files are up to date.');
    expect(copy.run('query')).toContain('top_category_by_year');
  } finally {
    copy.remove();
  }
}, 180_000);

test('the dataset in docs/datasets.md, added as the page says, is rendered', () => {
  const [, source = ''] = /```ts\n(.*?)```/s.exec(readGuide('docs/datasets.md')) ?? [];
  const copy = new ProjectCopy();
  try {
    copy.addDataset('order', source);
    expect(copy.run('generate')).toContain('notebooks/3_clean/order.py');
  } finally {
    copy.remove();
  }
});
