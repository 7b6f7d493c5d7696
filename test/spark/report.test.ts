/**
 * Adds a fourth dataset and a ninth question to a copy of the project, one file each, and checks the tables, answer, report and
 * dashboard of a real run.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../src/databricks/answers.ts';
import type { ReportData } from '../../src/databricks/report/data.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { number } from '../../src/format.ts';
import type { Query } from '../../src/queries/query.ts';
import { Browser, CHROMIUM } from '../fixtures/browser.ts';
import { landPosts } from '../fixtures/landing.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { captionsOf, marksOf, rowsOf, sectionOf, textOf } from '../fixtures/report.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';

const POSTS = 11_154;

const BOARD = `import { z } from 'zod';
import type { Dataset } from '../../datasets/dataset.ts';
import { postNumber, text } from '../../datasets/rules.ts';

/** The boards to which posts are pinned. */
const board: Dataset = {
  name: 'board',
  singular: 'a board record',
  plural: 'board records',
  title: 'Boards: what it was pinned to',
  grain: 'one row per post: its board',
  key: 'ind',
  fields: {
    ind: { description: 'Number of the post', rule: postNumber, sent: z.int().min(0) },
    board: { description: 'Name of the board', rule: text, sent: z.string() },
  },
  columns: [{ name: 'ind' }, { name: 'board' }],
};

export default board;
`;

const POSTS_BY_BOARD = `-- How many posts are on each board?
-- Posts without a board are not counted.
-- chart: bars value=posts by=board
SELECT board, count(*) AS posts
FROM clean_board JOIN clean_geo USING (ind)
WHERE board IS NOT NULL
GROUP BY board
`;

let spark: SharedSpark;
let copy: ProjectCopy;
let pipeline: Pipeline;
let folder: string;
let queries: readonly Query[];
let html: string;

beforeAll(async () => {
  copy = new ProjectCopy();
  copy.addDataset('board', BOARD);
  copy.addQuery('posts_by_board', POSTS_BY_BOARD);
  copy.run('generate');
  folder = mkdtempSync(path.join(os.tmpdir(), 'report-'));
  spark = await SharedSpark.open();
  pipeline = await Pipeline.open(spark, 'reported');
  pipeline.root = copy.root;
  await land();
  await pipeline.job();
  ({ queries } = await copy.module('src/project/queries/index.ts'));
  html = await report();
  writeFileSync(path.join(folder, 'report.html'), html);
});
afterAll(async () => {
  await spark?.stop();
  copy?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

async function land(): Promise<void> {
  await landPosts(pipeline, 0, POSTS);
  const boards = Array.from({ length: 300 }, (_, n) => JSON.stringify({ ind: n, board: `Board ${n % 7}` }));
  boards[0] = boards[0]?.replace('{', '{"ind": -1, ') ?? ''; // if a field occurs twice, its last value counts
  await pipeline.land('board', [...boards, 'no JSON', '{"ind": -1, "board": "none"}', ''].join('\n'));
}

/** Returns the copy's report on the tables of the run. */
async function report(): Promise<string> {
  const { datasets } = (await copy.module('src/project/datasets/index.ts')) as {
    datasets: readonly Dataset[];
  };
  const { gather } = await copy.module('src/databricks/report/gather.ts');
  const { page } = await copy.module('src/databricks/report/page.ts');
  const found = await gather({
    ask: (statement: string) => spark.kernel.sql(statement),
    catalog: 'spark_catalog',
    schema: pipeline.id,
    queries,
    datasets,
  });
  const data: ReportData = { made: new Date(), host: 'https://workspace.test', schema: 'reported', ...found };
  return page(data);
}

/** Returns a value as the report writes it. */
const written = (column: string, value: unknown): string =>
  typeof value === 'number' && !column.endsWith('year') ? number(value) : String(value);

describe(`the report of ${POSTS} posts`, () => {
  test('has every figure of every answer in the table and in the chart, and is under 2 MB', async () => {
    expect(queries).toHaveLength(9);
    for (const { name, columns, chart } of queries) {
      const rows = await pipeline.rows(name);
      expect(rows.length, name).toBeGreaterThan(0);
      const cells = rows.map((row: Row) => columns.map((column) => written(column, row[column])));
      const section = sectionOf(html, name);
      expect([...rowsOf(section)].sort(), name).toEqual(cells.sort());
      const drawn = marksOf(section);
      expect(drawn.length, name).toBeGreaterThan(0);
      const said = rows.map(
        (row: Row) =>
          `${chart?.by.map((column) => row[column]).join(', ')}: ${number(row[chart?.value ?? ''])} `,
      );
      for (const mark of drawn)
        expect(
          said.some((one) => mark.startsWith(one)),
          mark,
        ).toBe(true);
      if (chart?.kind !== 'map') continue;
      // Every row is on the map, or named below it with its number.
      const [onMap, below] = [marksOf(section, 'map'), captionsOf(section)[0]];
      for (const row of rows) {
        const [country, count, label] = [
          row.country,
          number(row[chart.value]),
          String(row[chart.label ?? '']),
        ];
        const marks = onMap.filter((mark) => `; ${mark}`.includes(`; ${country}: ${count} `));
        if (marks.length === 0) expect(below).toMatch(`${country} (${count})`);
        else expect(marks, `${country}`).toEqual([expect.stringContaining(label)]);
      }
    }
    expect(Buffer.byteLength(html)).toBeLessThan(2_000_000);
  });

  test('has the counts of all four datasets and the reasons for rejected records', () => {
    const text = textOf(html);
    expect(text).toMatch(/Boards\s+what it was pinned to\s+300 rows in clean_board/);
    expect(text).toMatch(/records arrived and every one is accounted for; \d+ could not be used/);
    expect(text).toMatch(/board\s*not JSON\s*no\s*1\s/);
    for (const { name } of queries)
      expect(sectionOf(html, name)).toMatch(/from <code>clean_\w+<\/code> version \d+ of/);
  });

  describe.skipIf(!CHROMIUM)(
    `in Chromium${CHROMIUM ? '' : ' (not installed: "apt-get install chromium")'}`,
    () => {
      let browser: Browser;
      beforeAll(async () => {
        browser = await Browser.open();
      });
      afterAll(() => browser?.close());

      test.each([
        [1440, 'light'],
        [1440, 'dark'],
        [390, 'light'],
        [390, 'dark'],
      ] as const)(
        '%i pixels wide, %s: makes no requests, logs no messages, axe finds nothing serious, and no caption is cut off',
        async (width, colorScheme) => {
          const looked = await browser.look(path.join(folder, 'report.html'), { width, colorScheme });
          expect(looked).toEqual({ requests: [], messages: [], violations: [], width, cut: [] });
        },
      );

      test('pressing a heading with the keyboard sorts its table and announces the order', async () => {
        const rows = await pipeline.rows('posts_by_board');
        const [up, down] = await browser.sorted(
          path.join(folder, 'report.html'),
          '#posts_by_board',
          'Posts',
          2,
        );
        const order = (sign: number) =>
          rows
            .map(({ posts }) => Number(posts))
            .sort((a, b) => sign * (a - b))
            .map(number);
        expect(up).toEqual(['ascending', ...order(1)]);
        expect(down).toEqual(['descending', ...order(-1)]);
      });
    },
  );
});

test('npm run query lists the ninth question by its name', () => {
  expect(copy.run('query')).toMatch(/^posts_by_board\s+How many posts are on each board\?$/m);
});

test("the dashboard's queries return the fields that its widgets show, and each answer has a tile", async () => {
  const { datasets, pages } = JSON.parse(
    readFileSync(path.join(copy.root, 'jobs/pinterest.lvdash.json'), 'utf8'),
  );
  const tables = new Set(
    (await spark.kernel.sql(`SHOW TABLES IN ${pipeline.id}`)).map(({ tableName }) => tableName),
  );
  // Adds the schema to table names, as `dataset_schema` does in a workspace.
  const inSchema = (sql: string) =>
    sql.replaceAll(/\b(FROM|JOIN) (\w+)/g, (whole, word, table) =>
      tables.has(table) ? `${word} ${pipeline.id}.${table}` : whole,
    );
  const rows = new Map<string, Row[]>();
  for (const { name, queryLines } of datasets)
    rows.set(name, await spark.kernel.sql(inSchema(queryLines.join(''))));
  const widgets = pages.flatMap(({ layout }: { layout: { widget: { queries?: unknown } }[] }) =>
    layout.map(({ widget }) => widget).filter(({ queries }) => queries),
  );
  for (const {
    name,
    queries: [{ query }],
  } of widgets) {
    const fields = query.fields.map((field: { name: string }) => field.name);
    for (const row of rows.get(query.datasetName) ?? [])
      expect(Object.keys(row), name).toEqual(expect.arrayContaining(fields));
  }
  const shown = widgets.map(({ name }: { name: string }) => name);
  for (const { name } of queries) {
    expect(shown).toEqual(expect.arrayContaining([name, `${name}_chart`]));
    expect(rows.get(name)).toHaveLength((await pipeline.rows(name)).length);
    // A heat map reads the answer's table. Other charts draw all rows of a tie as one mark.
    const chart = rows.get(`${name}_chart`) ?? rows.get(name) ?? [];
    expect(chart.length, name).toBeGreaterThan(0);
    const groups = chart.map((row) => row.name).filter((one) => one !== undefined);
    expect(new Set(groups).size, name).toBe(groups.length);
  }
  expect(rows.get('health')).toContainEqual(
    expect.objectContaining({ dataset: 'board', arrived: 302, clean: 300, rejected: 2, kept_in_part: 0 }),
  );
  expect(rows.get('reasons')?.filter(({ dataset }) => dataset === 'board')).toHaveLength(2);
});
