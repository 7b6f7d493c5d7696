/** Rules and queries as rows given and rows expected, run as rendered on real Spark. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cleanColumns } from '../../generator/tables.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { datasets } from '../../src/datasets/index.ts';
import { cleanTable } from '../../src/names.ts';
import { queries } from '../../src/queries/index.ts';
import { REPOSITORY, type Row, SparkUnderTest } from '../fixtures/pipeline.ts';

let spark: SparkUnderTest;
beforeAll(async () => {
  spark = await SparkUnderTest.start();
});
afterAll(() => spark?.stop());

const cases = <Case>(folder: string, name: string): Case[] =>
  parse(readFileSync(path.join(import.meta.dirname, folder, `${name}.yml`), 'utf8'));

interface RuleCase {
  readonly says: string;
  readonly text?: string;
  readonly given?: object;
  readonly expect: Row;
}

/** The SELECT of a clean notebook, over the records given instead of the raw table. */
function cleaningOf(dataset: string): string {
  const notebook = readFileSync(path.join(REPOSITORY, `notebooks/3_clean/${dataset}.py`), 'utf8');
  const head = `CREATE OR REPLACE TEMPORARY VIEW ${dataset}_cleaned AS\nWITH unwrapped`;
  const cell = notebook
    .split('# COMMAND ----------')
    .map((cell) => cell.trim().replaceAll(/^# MAGIC ?/gm, ''))
    .find((cell) => cell.includes(head));
  if (!cell) throw new Error(`3_clean/${dataset}.py has no cell with ${head}`);
  return `
    WITH ${dataset}_arrivals AS (
      SELECT record, current_timestamp() AS arrived, lpad(nth, 9, '0') AS position
      FROM (SELECT posexplode(from_json(:records, 'ARRAY<STRING>')) AS (nth, record))
    ), unwrapped${cell.slice(cell.indexOf(head) + head.length)} ORDER BY _position`;
}

// What any record goes through is shown with geo.
describe.each([['record', 'geo'], ...datasets.map(({ name }) => [name, name])] as [string, string][])(
  '%s',
  (file, dataset) => {
    const given = cases<RuleCase>('rules', file);
    let rows: Row[];
    beforeAll(async () => {
      const records = given.map(({ text, given }) => text ?? JSON.stringify(given));
      rows = await spark.kernel.sql(cleaningOf(dataset), { records: JSON.stringify(records) });
    });
    test.each(given.map((one, index) => [one.says, one, index] as const))('%s', (_, one, index) => {
      expect(rows[index]).toMatchObject(one.expect);
    });
  },
);

interface QueryCase {
  readonly says: string;
  readonly expect: Row[];
  readonly [table: `clean_${string}`]: Row[];
}

describe.each(queries.map((query) => [query.name, query] as const))('%s', (name, query) => {
  test.each(cases<QueryCase>('queries', name).map((one) => [one.says, one] as const))(
    '%s',
    async (_, one) => {
      const tables = query.reads.map((name) => {
        const dataset = datasets.find((dataset) => dataset.name === name);
        if (!dataset) throw new Error(`there is no dataset ${name}`);
        const columns = cleanColumns(dataset).map(({ name, type }) => `${name}: ${type}`);
        return `${cleanTable(name)} AS (SELECT inline(from_json(:${name}, 'ARRAY<STRUCT<${columns.join(', ')}>>')))`;
      });
      const parameters = Object.fromEntries(
        query.reads.map((name) => [name, JSON.stringify(one[`clean_${name}`])]),
      );
      const answer = await spark.kernel.sql(
        query.sql.replace(/^WITH /, `WITH ${tables.join(', ')}, `),
        parameters,
      );
      expect(sortAnswer(answer)).toEqual(sortAnswer(one.expect));
    },
  );
});

test('every rule and every query has its rows', () => {
  const names = (folder: string) =>
    readdirSync(path.join(import.meta.dirname, folder))
      .map((file) => path.basename(file, '.yml'))
      .sort();
  expect(names('rules')).toEqual([...datasets.map(({ name }) => name), 'record'].sort());
  expect(names('queries')).toEqual(queries.map(({ name }) => name).sort());
});
