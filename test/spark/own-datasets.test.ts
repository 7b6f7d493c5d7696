/** Datasets unrelated to posts: keys of any type, versions ordered by the source's clock, names with any characters. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/databricks/accounts.ts';
import { ROOT } from '../../src/root.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';
import { NASTY, NASTY_FIELDS, NASTY_TEXT, ORDER } from '../fixtures/shop.ts';

/** A dataset whose key is a time or a day. */
const keyedBy = (rule: 'instant' | 'day') => `import type { Dataset } from '../../datasets/dataset.ts';
import { ${rule}, text } from '../../datasets/rules.ts';
const dataset: Dataset = {
  name: 'by_${rule}', singular: 'an event', plural: 'events', title: 'Events', grain: 'one row per time', key: 'at',
  fields: { at: { description: 'Time', rule: ${rule} }, what: { description: 'What happened', rule: text } },
  columns: [{ name: 'at' }, { name: 'what' }],
};
export default dataset;
`;

let spark: SharedSpark;
let copy: ProjectCopy;
beforeAll(async () => {
  copy = new ProjectCopy();
  copy.addDataset('order', ORDER);
  copy.write('test/fixtures/shop.ts', readFileSync(path.join(ROOT, 'test/fixtures/shop.ts'), 'utf8'));
  copy.addDataset('nasty', NASTY);
  for (const rule of ['instant', 'day'] as const) copy.addDataset(`by_${rule}`, keyedBy(rule));
  copy.run('generate');
  spark = await SharedSpark.open();
});
afterAll(async () => {
  await spark?.stop();
  copy?.remove();
});

async function pipelineOfCopy(id: string): Promise<Pipeline> {
  const pipeline = await Pipeline.open(spark, id);
  pipeline.root = copy.root;
  return pipeline;
}

/** Lands records and runs the dataset's cleaning. */
async function run(
  pipeline: Pipeline,
  dataset: string,
  records: readonly (object | string)[],
): Promise<void> {
  const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)));
  await pipeline.land(dataset, `${lines.join('\n')}\n`);
  await pipeline.notebook(`3_clean/${dataset}.py`, { ...pipeline.parameters, source: 'files' });
}

async function account(pipeline: Pipeline, dataset: string): Promise<Account> {
  const { datasets } = await copy.module('src/project/datasets/index.ts');
  return pipeline.account(datasets.find(({ name }: { name: string }) => name === dataset));
}

const order = (shop: string, id: number | string, updated_at: string | null, more: object = {}) => ({
  shop,
  'order id': id,
  updated_at,
  state: 'new',
  total: 1.5,
  ...more,
});
const LARGE = '9223372036854775807';

describe('orders of web shops', () => {
  const FIRST = [
    order('north', 1, '2026-01-01T10:00:00Z', {
      placed: 1767261600000,
      delivery: '2026-02-28',
      customer: 'ada@example.org',
      total: '12345.60',
      gift: true,
      lines: [{ sku: 'a"b', price: 1.5 }],
    }),
    order("nor'th", 1, '2026-01-01T10:00:00Z'),
    order('south', LARGE, '2026-01-01T10:00:00Z'),
    order('north', 2, '2026-01-03T10:00:00Z', { state: 'paid' }),
    // This line is later in the file, but earlier by the shop's clock. If times are equal, the later line counts.
    order('north', 2, '2026-01-02T10:00:00Z'),
    order('north', 3, '2026-01-02T10:00:00Z'),
    order('north', 3, '2026-01-02T11:00:00+01:00', { state: 'paid' }),
    // A missing or invalid time counts as the earliest.
    order('north', 4, '2026-01-01T10:00:00Z', { state: 'paid' }),
    order('north', 4, null),
    order('north', 4, 'yesterday'),
    order('north', 5, null),
    order('north', 5, null, { state: 'paid' }),
  ];
  const REJECTED = [
    order('-', 1, '2026-01-01T10:00:00Z'),
    order('north', 0, '2026-01-01T10:00:00Z'),
    { shop: 'north', updated_at: '2026-01-01T10:00:00Z', state: 'new', total: 1 },
    order('north', 6, '2026-01-01T10:00:00Z', { total: null }),
    order('north', 6, '2026-01-01T10:00:00Z', { total: 1.555 }),
    order('north', 6, '2026-01-01T10:00:00Z', { state: 'New' }),
    { shop: 'north', 'order id': 7 },
    'no JSON',
  ];
  // A day later: an older state that arrives late, and newer states.
  const LATE = [
    order('north', 2, '2026-01-02T12:00:00Z', { state: "can't pay" }),
    order('south', LARGE, '2026-01-01T10:00:00.000001Z', { state: 'paid' }),
    order('north', 5, '2026-01-01T10:00:00Z', { state: "can't pay" }),
    order('north', 4, null, { state: "can't pay" }),
  ];
  const STATES = [
    ["nor'th", 1, 'new'],
    ['north', 1, 'new'],
    ['north', 2, 'paid'],
    ['north', 3, 'paid'],
    ['north', 4, 'paid'],
    ['north', 5, "can't pay"],
    ['south', LARGE, 'paid'],
  ];
  const states = async (pipeline: Pipeline) =>
    (await pipeline.rows('clean_order'))
      .map(({ shop, number, state }) => [shop, number, state])
      .sort((a, b) => (String(a) < String(b) ? -1 : 1));

  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await pipelineOfCopy('shop');
    await run(pipeline, 'order', [...FIRST, ...REJECTED]);
    await run(pipeline, 'order', LATE);
  });

  test('the clean table has values of every type as they were sent', async () => {
    const rows = await pipeline.rows('clean_order');
    expect(rows.find(({ shop, number }) => shop === 'north' && number === 1)).toMatchObject({
      updated_at: '2026-01-01T10:00:00Z',
      placed: '2026-01-01T10:00:00Z',
      delivery: '2026-02-28',
      customer: 'ada@example.org',
      gift: true,
      lines: '[{"sku":"a\\"b","price":1.5}]',
    });
    const [total] = await spark.kernel.sql(
      `SELECT CAST(total AS STRING) AS total, typeof(total) AS type FROM ${pipeline.id}.clean_order WHERE placed IS NOT NULL`,
    );
    expect(total).toEqual({ total: '12345.60', type: 'decimal(12,2)' });
  });

  test('the version with the greatest time is the latest, even if it arrived first', async () => {
    expect(await states(pipeline)).toEqual(STATES);
  });

  test('a record without its key or a required value is rejected, and its reason names the field', async () => {
    const rejected = await pipeline.rows('rejected_order');
    const reasons = rejected.filter(({ kept }) => !kept).map(({ reasons }) => (reasons as string[])[0]);
    expect(reasons.sort()).toEqual(
      [
        'shop is missing',
        'order id is not a whole number from 1 to 9223372036854775807',
        'order id is missing',
        'total is missing',
        'total is not a number of at most 12 digits, 2 of them after the point',
        `state is not one of "new", "paid", "can't pay"`,
        'another kind of record: it has no field of an order',
        'not JSON',
      ].sort(),
    );
    expect(rejected.filter(({ kept }) => kept)).toHaveLength(1);
  });

  test('all records are accounted for', async () => {
    const sums = await account(pipeline, 'order');
    expect(sums).toEqual({
      raw: 24,
      clean: 7,
      superseded: 9,
      rejected: 8,
      rejected_again: 0,
      kept_in_part: 1,
      lost: 0,
    });
  });

  test('the rows are the same if the records arrive on other days, in another order and twice', async () => {
    const other = await pipelineOfCopy('shop_again');
    await run(other, 'order', LATE);
    for (const records of [FIRST, FIRST]) await run(other, 'order', [...records, ...REJECTED]);
    expect(await states(other)).toEqual(STATES);
    expect(await account(other, 'order')).toMatchObject({
      raw: 44,
      clean: 7,
      rejected: 8,
      rejected_again: 8,
      lost: 0,
    });
  });

  test('a rebuild gives the same rows, and cleaning again changes nothing', async () => {
    const before = await pipeline.rows('clean_order');
    await pipeline.notebook(`3_clean/order.py`, pipeline.parameters);
    expect(await pipeline.rows('clean_order')).toEqual(before);
    await pipeline.notebook('5_rebuild.py', { ...pipeline.parameters, dataset: 'order' });
    expect(new Set((await pipeline.rows('clean_order')).map((row) => JSON.stringify(row)))).toEqual(
      new Set(before.map((row) => JSON.stringify(row))),
    );
    expect(await account(pipeline, 'order')).toMatchObject({ raw: 24, clean: 7, rejected: 8, lost: 0 });
  });
});

test('all emulated orders are accepted, and the clean table has the later version of each order that is sent again', async () => {
  const pipeline = await pipelineOfCopy('emulated');
  const { emulatedRecords } = await copy.module('src/posts/emulated.ts');
  const { datasets } = await copy.module('src/project/datasets/index.ts');
  const dataset = datasets.find(({ name }: { name: string }) => name === 'order');
  const posts = [...emulatedRecords(dataset, { seed: 1, count: 100, resend: 0.2 }).read()];
  expect(new Set(posts.map(([{ key }]) => key)).size).toBe(100);
  expect(posts.filter(([{ flaw }]) => flaw !== undefined)).toEqual([]);
  await run(
    pipeline,
    'order',
    posts.map(([{ line }]) => line.toString()),
  );
  expect(await account(pipeline, 'order')).toEqual({
    raw: 120,
    clean: 100,
    superseded: 20,
    rejected: 0,
    rejected_again: 0,
    kept_in_part: 0,
    lost: 0,
  });
  const changed = posts
    .slice(100)
    .filter(([{ line }]) => !posts.slice(0, 100).some(([one]) => one.line.equals(line)));
  expect(changed).toHaveLength(10);
  const times = new Set(
    (await pipeline.rows('clean_order')).map(({ updated_at }) => Date.parse(String(updated_at))),
  );
  for (const [{ line }] of changed)
    expect(times).toContain(Date.parse(JSON.parse(line.toString()).updated_at));
});

test.each([
  ['day', ['0001-01-01', '0999-06-01', '1500-06-01']],
  ['instant', ['0001-01-01T00:00:00Z', '0999-06-01T00:00:00Z', '1500-06-01T00:00:00.000001Z']],
])(
  'an early %s is a key like any other: records that arrive twice give one row for each',
  async (rule, times) => {
    const pipeline = await pipelineOfCopy(`early_${rule}`);
    for (const what of ['first', 'second'])
      await run(
        pipeline,
        `by_${rule}`,
        times.map((at) => ({ at, what })),
      );
    const rows = await spark.kernel.sql(
      `SELECT CAST(at AS STRING) AS at, what FROM ${pipeline.id}.clean_by_${rule}`,
    );
    const written = times.map((at) => at.replace('T', ' ').replace('Z', ''));
    expect(rows.sort((a, b) => (String(a.at) < String(b.at) ? -1 : 1))).toEqual(
      written.map((at) => ({ at, what: 'second' })),
    );
  },
);

test('names, descriptions, placeholders and values can contain any characters', async () => {
  const pipeline = await pipelineOfCopy('nasty');
  const names: readonly string[] = NASTY_FIELDS;
  const record = (value: (name: string, nth: number) => string | null) =>
    Object.fromEntries(names.map((name, nth) => [name, value(name, nth)]));
  await run(pipeline, 'nasty', [
    record((name) => name),
    record((_, nth) => (nth < 2 ? NASTY_TEXT : nth % 2 ? 'none' : 'y')),
  ]);
  const rows = await pipeline.rows('clean_nasty');
  const [whole, partly] = rows.sort((a) => (a["it's"] === "it's" ? -1 : 1));
  const column = (name: string, nth: number) => (name in (whole ?? {}) ? name : `column_${nth}`);
  for (const [nth, name] of names.entries()) {
    expect(whole?.[column(name, nth)], name).toBe(name);
    if (nth > 1) expect(partly?.[column(name, nth)], name).toBeNull();
  }
  expect(await account(pipeline, 'nasty')).toMatchObject({
    raw: 2,
    clean: 2,
    superseded: 0,
    lost: 0,
    kept_in_part: 1,
  });
  const [rejected] = await pipeline.rows('rejected_nasty');
  expect(JSON.stringify(rejected?.reasons)).toContain('back`tick is not one of');
  const comments = await spark.kernel.sql(`DESCRIBE TABLE ${pipeline.id}.clean_nasty`);
  expect(comments.find(({ col_name }) => col_name === 'null')?.comment).toBe(NASTY_TEXT);
});
