/** The generated dashboard has the structure that Databricks' own exports have, and a tile for each answer. */
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isAnswerName } from '../../generator/check-queries.ts';
import { dashboard } from '../../generator/dashboard.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import { parseQuery } from '../../src/queries/query.ts';

const contentsOf = (files: Map<string, string>) =>
  shape.parse(JSON.parse(files.get('jobs/pinterest.lvdash.json') ?? ''));

/** The version of each widget type, as in the exported dashboards of github.com/databricks/bundle-examples. */
const VERSIONS: Record<string, number> = { bar: 3, line: 3, heatmap: 3, table: 1 };
const name = z.string().regex(/^[\w-]{1,60}$/);
const encoding = z.strictObject({
  fieldName: z.string(),
  displayName: z.string(),
  scale: z.union([
    z.strictObject({ type: z.literal('quantitative') }),
    z.strictObject({
      type: z.literal('categorical'),
      sort: z.strictObject({ by: z.literal('natural-order') }),
    }),
  ]),
});
const column = z.looseObject({ fieldName: z.string(), displayAs: z.enum(['string', 'number', 'datetime']) });
const widget = z.strictObject({
  name,
  queries: z.tuple([
    z.strictObject({
      name: z.literal('main_query'),
      query: z.strictObject({
        datasetName: name,
        fields: z.array(z.strictObject({ name: z.string(), expression: z.string() })),
        disaggregated: z.literal(true),
      }),
    }),
  ]),
  spec: z.strictObject({
    version: z.number(),
    widgetType: z.enum(['bar', 'line', 'heatmap', 'table']),
    encodings: z.strictObject({
      x: encoding.optional(),
      y: encoding.optional(),
      color: encoding.optional(),
      label: z.strictObject({ show: z.boolean() }).optional(),
      columns: z.array(column).optional(),
    }),
    frame: z.strictObject({
      title: z.string(),
      showTitle: z.literal(true),
      description: z.string(),
      showDescription: z.boolean(),
    }),
  }),
});
const text = z.strictObject({ name, multilineTextboxSpec: z.strictObject({ lines: z.array(z.string()) }) });
const shape = z.strictObject({
  datasets: z.array(z.strictObject({ name, displayName: z.string(), queryLines: z.array(z.string()) })),
  pages: z.array(
    z.strictObject({
      name,
      displayName: z.string(),
      pageType: z.literal('PAGE_TYPE_CANVAS'),
      layout: z.array(
        z.strictObject({
          widget: z.union([widget, text]),
          position: z.strictObject({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
        }),
      ),
    }),
  ),
});

const contents = contentsOf(dashboard(datasets, queries));
const widgets = contents.pages.flatMap(({ layout }) =>
  layout.flatMap(({ widget }) => ('spec' in widget ? widget : [])),
);

test('names are unique, and each widget queries an existing dataset', () => {
  for (const names of [contents.datasets, contents.pages, widgets].map((all) => all.map((one) => one.name)))
    expect(new Set(names).size).toBe(names.length);
  const known = contents.datasets.map((dataset) => dataset.name);
  for (const { queries } of widgets) expect(known).toContain(queries[0].query.datasetName);
  const asked = new Set(widgets.map(({ queries }) => queries[0].query.datasetName));
  expect(known.filter((name) => !asked.has(name))).toEqual([]);
});

test('no part of the dashboard has a name that an answer can have', () => {
  const { datasets: sources, pages } = contentsOf(dashboard(datasets, []));
  const parts = [...sources, ...pages.flatMap(({ layout }) => layout.map(({ widget }) => widget))];
  expect(parts.map(({ name }) => name).filter(isAnswerName)).toEqual([]);
});

test.each(widgets)(
  'widget $name has the version of its type, and shows exactly the fields that it queries',
  ({ queries, spec }) => {
    expect(spec.version).toBe(VERSIONS[spec.widgetType]);
    const { x, y, color, columns = [] } = spec.encodings;
    const encoded = [x, y, color, ...columns].flatMap((one) => one?.fieldName ?? []);
    expect(encoded.sort()).toEqual(queries[0].query.fields.map((field) => field.name).sort());
    for (const { name, expression } of queries[0].query.fields) expect(expression).toBe(`\`${name}\``);
  },
);

test('each answer has its chart next to its table, and the page has no gaps', () => {
  const [answers] = contents.pages;
  const tiles = answers?.layout ?? [];
  for (const { name } of queries)
    expect(tiles.map(({ widget }) => widget.name)).toEqual(expect.arrayContaining([name, `${name}_chart`]));
  const taken = tiles.flatMap(({ position: { x, y, width, height } }) =>
    Array.from({ length: width * height }, (_, n) => `${x + (n % width)} ${y + Math.floor(n / width)}`),
  );
  expect(new Set(taken).size).toBe(taken.length);
  const height = Math.max(...tiles.map(({ position }) => position.y + position.height));
  expect(taken.length).toBe(6 * height);
});

test("the dashboard's queries name neither catalog nor schema, because the bundle sets both", () => {
  const files = dashboard(datasets, queries);
  for (const { queryLines } of contents.datasets)
    expect(queryLines.join('')).not.toMatch(/\b(FROM|JOIN)\s+[\w`]+\.|;|:\w/i);
  expect(parse(files.get('jobs/dashboard.yml') ?? '').resources.dashboards.answers).toMatchObject({
    file_path: 'pinterest.lvdash.json',
    dataset_catalog: '${var.catalog}',
    dataset_schema: '${resources.schemas.pinterest.name}',
    warehouse_id: '${var.warehouse_id}',
  });
});

test('a ninth question needs only its file to get a tile; without a chart line, the tile is a table of full width', () => {
  const ninth = parseQuery('posts', '-- How many posts are there?\nSELECT count(*) AS posts FROM clean_pin');
  const { pages } = contentsOf(dashboard(datasets, [...queries, ninth]));
  expect(pages[0]?.layout.at(-1)).toMatchObject({
    widget: { name: 'posts', spec: { widgetType: 'table', frame: { title: 'How many posts are there?' } } },
    position: { x: 0, width: 6 },
  });
});

/** Returns the SQL of a chart of bars by a column. */
const chartOf = (column: string, value = 'posts'): string => {
  const sql = `-- chart: bars value=${value} by=${column}\nSELECT \`${column}\`, count(*) AS \`${value}\` FROM clean_pin GROUP BY 1`;
  const one = parseQuery('posts_by', `-- How many?\n${sql}`);
  const { datasets: sources } = contentsOf(dashboard(datasets, [one]));
  return sources.find(({ name }) => name === 'posts_by_chart')?.queryLines.join('') ?? '';
};

test.each([
  ['created_day', 20],
  ['Date', 20],
  ['week', 20],
  ['created_hour', 24],
])('a chart by %s shows the %i latest, in order', (column, most) => {
  expect(chartOf(column).split('\n')).toEqual([
    `SELECT CAST(${column} AS STRING) AS name, posts`,
    'FROM posts_by',
    `WHERE ${column} IN (SELECT DISTINCT ${column} FROM posts_by ORDER BY ${column} DESC LIMIT ${most})`,
    `GROUP BY ${column}, posts`,
    `ORDER BY ${column}`,
  ]);
});

test.each(['post_year', 'age_group'])('a chart by %s shows all, in order', (column) => {
  expect(chartOf(column)).not.toMatch(/LIMIT|DESC/);
});

test.each(['holiday', 'candidate', 'day_of_week'])('a chart by %s shows the highest values', (column) => {
  expect(chartOf(column)).toContain(`ORDER BY posts DESC, ${column}\nLIMIT 20`);
});

test('columns of any name are quoted', () => {
  expect(chartOf('größe', 'true').split('\n')).toEqual([
    'SELECT CAST(`größe` AS STRING) AS name, `true`',
    'FROM posts_by',
    'GROUP BY `größe`, `true`',
    'ORDER BY `true` DESC, `größe`',
    'LIMIT 20',
  ]);
});

test("a map becomes a bar chart, because Databricks' maps need other names of countries", () => {
  const mapped = queries.filter(({ chart }) => chart?.kind === 'map').map(({ name }) => `${name}_chart`);
  const types = widgets.filter(({ name }) => mapped.includes(name)).map(({ spec }) => spec.widgetType);
  expect(types).toEqual(['bar', 'bar']);
});
