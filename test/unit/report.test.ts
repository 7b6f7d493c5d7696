/** The report: every figure is in its table and chart, nothing is loaded from the network, and data is never markup. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../src/databricks/answers.ts';
import { connect } from '../../src/databricks/client.ts';
import type { LastDay, ReportData } from '../../src/databricks/report/data.ts';
import { gather } from '../../src/databricks/report/gather.ts';
import { page } from '../../src/databricks/report/page.ts';
import { lastRuns } from '../../src/databricks/report/runs.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { number, span } from '../../src/format.ts';
import geo from '../../src/project/datasets/geo.ts';
import pin from '../../src/project/datasets/pin.ts';
import { parseQuery, type Query } from '../../src/queries/query.ts';
import { marksOf, rowsOf, sectionOf, textOf } from '../fixtures/report.ts';
import { TOKEN, task, WorkspaceUnderTest } from '../fixtures/workspace.ts';

const query = (chart: string, columns: string): Query =>
  parseQuery('answer', `-- What?\n-- chart: ${chart}\nSELECT ${columns} FROM clean_pin`);

const MADE = new Date('2026-11-25T10:00:00Z');
const at = (time: string) => new Date(`2026-11-25T${time}:00Z`);

const ACCOUNT = {
  raw: 1300,
  clean: 1200,
  superseded: 90,
  rejected: 8,
  rejected_again: 2,
  kept_in_part: 5,
  lost: 0,
};

const LAST_DAY: LastDay = { arrived: 100, rejected: 5, share: 0.05, rejection: 'good', silence: 'good' };

const data = (one: Query, rows: Row[], more: Partial<ReportData> = {}): ReportData => ({
  made: MADE,
  host: 'https://workspace.test',
  schema: 'main.pinterest',
  answers: [
    {
      query: one,
      table: {
        rows,
        made: { version: 3, at: at('07:02') },
        from: [{ name: 'clean_pin', read: { version: 8, at: at('06:59') }, since: 2 }],
      },
    },
  ],
  datasets: [
    { dataset: pin, state: { account: ACCOUNT, latest: at('06:30'), reasons: [], lastDay: LAST_DAY } },
  ],
  runs: [],
  ...more,
});

const sectionWith = async (chart: string, columns: string, rows: Row[]): Promise<string> =>
  sectionOf(await page(data(query(chart, columns), rows)), 'answer');

describe('an answer', () => {
  test('has all its rows in its table, with thousands separators except in years', async () => {
    const section = await sectionWith('bars value=n by=post_year', 'post_year, n', [
      { post_year: 2018, n: 1234567 },
      { post_year: 2019, n: 0.5 },
      { post_year: 2020, n: 9007199254740993n },
    ]);
    expect(rowsOf(section)).toEqual([
      ['2018', '1,234,567'],
      ['2019', '0.5'],
      ['2020', '9,007,199,254,740,993'],
    ]);
  });

  test('shows names that consist of digits unchanged', async () => {
    const section = await sectionWith('bars value=n by=country label=name', 'country, name, n', [
      { country: 'Peru', name: '123456', n: '12345678901234567890' },
    ]);
    expect(rowsOf(section)).toEqual([['Peru', '123456', '12,345,678,901,234,567,890']]);
  });

  test('shows when and from which table versions it was calculated, and how many newer versions exist', async () => {
    const text = textOf(
      await sectionWith('bars value=n by=country', 'country, n', [{ country: 'Peru', n: 1 }]),
    );
    expect(text).toContain('version 3 of 25 Nov 2026, 07:02 UTC (2 hours before this report)');
    expect(text).toContain('clean_pin version 8 of 25 Nov 2026, 06:59 UTC (2 newer versions since)');
    expect(text).toContain('SELECT country, n FROM clean_pin');
  });

  test('reports that it has no table or no rows', async () => {
    const one = query('bars value=n by=country', 'country, n');
    expect(textOf(await page(data(one, [], { answers: [{ query: one }] })))).toContain(
      'No answer yet: the table answer does not exist.',
    );
    const empty = sectionOf(await page(data(one, [])), 'answer');
    expect(empty).toContain('0 rows');
    expect(empty).not.toContain('<svg');
  });

  test('has right-aligned numbers and sortable columns, and announces the sorted column to screen readers', async () => {
    const section = await sectionWith('bars value=n by=country', 'country, n', [{ country: 'Peru', n: 1 }]);
    expect(section).toContain(
      '<th scope="col" class="" aria-sort="ascending"><button type="button">Country</button>',
    );
    expect(section).toContain(
      '<th scope="col" class="number" aria-sort="none"><button type="button">N</button>',
    );
  });
});

describe('a chart', () => {
  test('of bars shows tied winners as one bar with all names', async () => {
    const section = await sectionWith('bars value=n by=country label=category', 'country, category, n', [
      { country: 'Chad', category: 'art', n: 4 },
      { country: 'Chad', category: 'travel', n: 4 },
      { country: 'Peru', category: 'art', n: 7 },
    ]);
    expect(marksOf(section)).toEqual(['Peru: 7 n (art)', 'Chad: 4 n (art, travel)']);
    expect(section).toContain('>art and travel</text>');
  });

  test('of many countries shows those with the highest numbers, how many countries there are, and how many more equal the last', async () => {
    const rows = Array.from({ length: 243 }, (_, n) => ({ country: `Country ${n}`, n: Math.max(5, n) }));
    const section = await sectionWith('bars value=n by=country', 'country, n', rows);
    expect(marksOf(section)).toHaveLength(20);
    expect(marksOf(section)[0]).toBe('Country 242: 242 n');
    expect(textOf(section)).toContain('The 20 highest of 243. The table has all of them.');
    expect(rowsOf(section)).toHaveLength(243);
    const tied = await sectionWith(
      'bars value=n by=country',
      'country, n',
      rows.map((row) => ({ ...row, n: 1 })),
    );
    expect(textOf(tied)).toContain('The 20 highest of 243; 223 more have the same value as the last.');
  });

  test('of many days shows the latest in order without NULL, and how many days there are', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => ({
      created_day: `2026-03-${String(n + 1).padStart(2, '0')}`,
      n: 100 - n,
    }));
    const withNull = [{ created_day: null, n: 7 }, ...rows.toReversed()];
    const section = await sectionWith('bars value=n by=created_day', 'created_day, n', withNull);
    expect(marksOf(section)).toEqual(rows.slice(5).map((row) => `${row.created_day}: ${row.n} n`));
    expect(textOf(section)).toContain('The 20 latest of 25. The table has all of them.');
    expect(rowsOf(section)).toHaveLength(26);
  });

  test('of two groups says for each shortened axis how many names there are', async () => {
    const rows = Array.from({ length: 25 * 30 }, (_, n) => ({
      country: `Country ${n % 25}`,
      category: `Category ${Math.floor(n / 25)}`,
      n,
    }));
    const section = await sectionWith('heatmap value=n by=country,category', 'country, category, n', rows);
    expect(marksOf(section)).toHaveLength(20 * 20);
    expect(textOf(section)).toContain(
      'Country: the 20 highest of 25. Category: the 20 highest of 30. The table has all of them.',
    );
  });

  test('shows all age groups and years, sorted by age and time', async () => {
    const rows = ['+50', 'under 18', '36-50', '18-24', '25-35'].map((age_group, n) => ({ age_group, n }));
    const section = await sectionWith('dots value=n by=age_group scale=log', 'age_group, n', rows);
    expect(marksOf(section).map((mark) => mark.split(':')[0])).toEqual([
      'under 18',
      '18-24',
      '25-35',
      '36-50',
      '+50',
    ]);
    const years = Array.from({ length: 25 }, (_, n) => ({ year: 2024 - n, n: 10 ** (n % 7) }));
    expect(marksOf(await sectionWith('dots value=n by=year scale=log', 'year, n', years))).toHaveLength(25);
  });

  test('of dots can show zero on a logarithmic scale', async () => {
    const section = await sectionWith('dots value=n by=year scale=log', 'year, n', [
      { year: 2018, n: 0 },
      { year: 2019, n: 50000 },
    ]);
    expect(marksOf(section)).toEqual(['2018: 0 n', '2019: 50,000 n']);
    expect(section).not.toContain('NaN');
  });

  test('as a heat map has a cell for each row', async () => {
    const section = await sectionWith('heatmap value=n by=year,category', 'year, category, n', [
      { year: 2018, category: 'art', n: 3 },
      { year: 2019, category: 'art', n: 9 },
      { year: 2019, category: 'travel', n: 9 },
    ]);
    expect(marksOf(section)).toEqual(['2018, art: 3 n', '2019, art: 9 n', '2019, travel: 9 n']);
    expect(section).toContain('fill="var(--heat-6)"');
  });

  test('has a title and a description for screen readers', async () => {
    const section = await sectionWith('bars value=n by=country', 'country, n', [
      { country: 'Chad', n: 4 },
      { country: 'Peru', n: 7 },
    ]);
    expect(section).toContain(
      'role="img" aria-labelledby="answer-bars-720-title" aria-describedby="answer-bars-720-about"',
    );
    expect(section).toContain('The highest is Peru: 7 n. The lowest is Chad: 4 n.');
  });
});

describe('the page', () => {
  test('loads nothing from the network, because its policy allows only its own style and script', async () => {
    const html = await page(
      data(query('bars value=n by=country', 'country, n'), [{ country: 'Peru', n: 1 }]),
    );
    const hash = (element: string) => {
      const text = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(html)?.[1] ?? '';
      return `sha256-${createHash('sha256').update(text).digest('base64')}`;
    };
    const policy = textOf(`${/Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]}`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`style-src '${hash('style')}'`);
    expect(policy).toContain(`script-src '${hash('script')}'`);
    expect(html).not.toMatch(/ (src|style)=|@import|url\(/);
  });

  test('shows markup in names as plain text', async () => {
    const country = `<img src=x onerror="alert(1)"> & 'Peru'`;
    const html = await page(
      data(query('bars value=n by=country label=name', 'country, name, n'), [
        { country, name: '</svg><script>', n: 1 },
      ]),
    );
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain('<img');
    const section = sectionOf(html, 'answer');
    expect(rowsOf(section)).toEqual([[country, '</svg><script>', '1']]);
    expect(marksOf(section)).toEqual([`${country}: 1 n (</svg><script>)`]);
  });

  test.each(['bars', 'dots', 'map'])(
    'draws %s for names with line ends, quotes and backslashes',
    async (kind) => {
      const names = ['a\u2028b', 'a\nb', '"', "it's", '\\', '\u0000', 'datum.value', '', ' d="0.123"'];
      const section = await sectionWith(
        `${kind} value=n by=country`,
        'country, n',
        names.map((country, n) => ({ country, n: 100 - n })),
      );
      expect(marksOf(section)).toHaveLength(names.length);
      const cells = names.map((down, n) => ({ across: 'x', down, n }));
      const map = await sectionWith('heatmap value=n by=across,down', 'across, down, n', cells);
      expect(marksOf(map)).toHaveLength(names.length);
    },
  );

  test('begins with the health of the pipeline', async () => {
    const one = query('bars value=n by=country', 'country, n');
    const state = {
      account: ACCOUNT,
      latest: at('06:30'),
      reasons: [{ reason: 'not JSON', kept: false, records: 6 }],
      lastDay: LAST_DAY,
    };
    const runs = [
      {
        job: 'pinterest-demo-batch',
        started: at('07:00'),
        seconds: 130,
        result: 'success',
        url: 'https://workspace.test/run',
      },
    ];
    const text = textOf(await page(data(one, [], { datasets: [{ dataset: pin, state }], runs })));
    expect(text).toContain('1,300 records arrived and every one is accounted for; 8 could not be used.');
    expect(text).toMatch(/1,200 rows in clean_pin/);
    expect(text).toMatch(/Latest record\s*25 Nov 2026, 06:30 UTC\s*3 hours before this report/);
    expect(text).toMatch(/pin\s*not JSON\s*no\s*6/);
    expect(text).toMatch(/pinterest-demo-batch\s*25 Nov 2026, 07:00 UTC\s*2 minutes\s*✓ success/);
  });

  test('compares the last day of each dataset with its limits', async () => {
    const one = query('bars value=n by=country', 'country, n');
    const of = (dataset: Dataset, lastDay: LastDay) => ({
      dataset,
      state: { account: ACCOUNT, latest: undefined, reasons: [], lastDay },
    });
    const html = await page(
      data(one, [], {
        datasets: [
          of(pin, {
            ...LAST_DAY,
            arrived: 1400,
            rejected: 50,
            share: 0.0357,
            rejection: 'fail: more than 3 % rejected',
          }),
          of(geo, {
            ...LAST_DAY,
            arrived: 0,
            rejected: 0,
            share: null,
            silence: 'warn: no record for a day',
          }),
        ],
      }),
    );
    const table = html.slice(html.indexOf('id="quality"'));
    expect(rowsOf(table)).toEqual([
      ['pin', '1,400', '50', '3.57 %', '✕ fail: more than 3 % rejected', '✓ good'],
      ['geo', '0', '0', '–', '✓ good', '✕ warn: no record for a day'],
    ]);
    expect(table).toContain('<td class="bad"><span aria-hidden="true">✕</span> fail');
  });

  test('reports missing records first', async () => {
    const one = query('bars value=n by=country', 'country, n');
    const lost = { account: { ...ACCOUNT, lost: 3 }, latest: undefined, reasons: [], lastDay: LAST_DAY };
    const html = await page(data(one, [], { datasets: [{ dataset: pin, state: lost }] }));
    expect(html).toContain('<p class="verdict bad">3 of 1,300 records are neither clean nor rejected yet');
    expect(textOf(await page(data(one, [], { datasets: [{ dataset: pin }] })))).toContain(
      'There are no tables yet: run the batch job.',
    );
  });
});

test('durations and large numbers are readable', () => {
  expect([0, 59, 60, 7199, 86_400 * 3].map(span)).toEqual([
    '0 seconds',
    '59 seconds',
    '1 minute',
    '1 hour',
    '3 days',
  ]);
  expect(['12345678901234567890.5', 22000.5, 12n].map(number)).toEqual([
    '12,345,678,901,234,567,890.5',
    '22,000.5',
    '12',
  ]);
});

test('an answer is read at one table version, together with the versions of its source tables', async () => {
  const asked: string[] = [];
  const history = (...times: string[]) =>
    times.map((time, n) => ({ version: times.length - n, timestamp: at(time) }));
  const answers: [RegExp, Row[]][] = [
    [/^SHOW TABLES/, [{ tableName: 'clean_pin' }, { tableName: 'answer' }]],
    [/^DESCRIBE HISTORY `main`.`posts`.`clean_pin`/, history('09:00', '08:00', '06:00', '05:00')],
    [/^DESCRIBE HISTORY `main`.`posts`.`answer`/, history('07:00')],
    [/^SELECT \* FROM `main`.`posts`.`answer` VERSION AS OF 1$/, [{ country: 'Peru', n: 1 }]],
  ];
  const found = await gather({
    ask: async (statement) => {
      asked.push(statement);
      return answers.find(([pattern]) => pattern.test(statement))?.[1] ?? [];
    },
    catalog: 'main',
    schema: 'posts',
    queries: [query('bars value=n by=country', 'country, n')],
    datasets: [pin],
  });
  expect(found.answers[0]?.table).toEqual({
    rows: [{ country: 'Peru', n: 1 }],
    made: { version: 1, at: at('07:00') },
    from: [{ name: 'clean_pin', read: { version: 2, at: at('06:00') }, since: 2 }],
  });
  // The dataset's counts are omitted, because they would be wrong without its raw and rejected tables.
  expect(found.datasets).toEqual([{ dataset: pin }]);
});

describe('last runs', () => {
  let workspace: WorkspaceUnderTest;
  beforeAll(async () => {
    workspace = await WorkspaceUnderTest.open();
  });
  afterAll(() => workspace.close());

  test('are those of this pipeline and schema, newest first', async () => {
    const { client } = workspace;
    await client.notebook('/Shared/one', 'x');
    const job = (name: string, schema: string, pipeline = 'demo') =>
      client.job({
        name,
        tasks: [task('one')],
        parameters: [{ name: 'schema', default: schema }],
        tags: { project: 'pinterest', pipeline },
      });
    const batch = await job('[dev ada] pinterest-demo-batch', 'pinterest');
    const rebuild = await job('pinterest-demo-rebuild', 'pinterest');
    for (const id of [
      await job('pinterest-demo-stream', 'elsewhere'),
      await job('pinterest-demo-x-batch', 'pinterest', 'demo-x'),
      batch,
      rebuild,
    ])
      await client.ended(await client.start(id));
    const runs = await lastRuns(connect({ host: client.host, token: TOKEN }), {
      id: 'demo',
      catalog: 'main',
      schema: 'pinterest',
    });
    expect(runs.map(({ job }) => job)).toEqual(['pinterest-demo-rebuild', '[dev ada] pinterest-demo-batch']);
    expect(runs[0]).toMatchObject({
      result: 'success',
      seconds: expect.any(Number),
      url: expect.stringContaining('/run/'),
    });
  });
});
