/** Rules and queries as rows given and rows expected, run as rendered on real Spark. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cleanColumns } from '../../generator/tables.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { datasets } from '../../src/datasets/index.ts';
import { cleanTable, quoted } from '../../src/names.ts';
import { queries } from '../../src/queries/index.ts';
import { requireSuccess } from '../fixtures/job.ts';
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

/** Runs what a clean notebook does between reading and writing on the records given; resolves with its view `cleaned`. */
async function cleaned(dataset: string, records: readonly string[]): Promise<Row[]> {
  const separator = '# COMMAND ----------';
  const notebook = readFileSync(path.join(REPOSITORY, `notebooks/3_clean/${dataset}.py`), 'utf8');
  const cells = notebook.split(separator);
  const [read, write] = ['## Read', '## Write'].map((title) =>
    cells.findIndex((cell) => cell.includes(title)),
  );
  const given = `
spark.sql("SET TIME ZONE 'UTC'")
spark.sql("""
  SELECT record, current_timestamp() AS arrived, lpad(nth, 9, '0') AS position
  FROM (SELECT posexplode(from_json(:records, 'ARRAY<STRING>')) AS (nth, record))
""", {"records": dbutils.widgets.get("records")}).createOrReplaceTempView("arrivals")
`;
  const steps = cells
    .slice(read, write)
    .map((cell) => (cell.includes('createOrReplaceTempView("arrivals")') ? given : cell));
  const table = `facts_${dataset}`;
  const keep = `\nspark.table("cleaned").write.mode("overwrite").saveAsTable("${table}")\n`;
  const copy = mkdtempSync(path.join(os.tmpdir(), 'facts-'));
  try {
    cpSync(path.join(REPOSITORY, 'notebooks/3_clean'), copy, { recursive: true });
    const file = path.join(copy, 'facts.py');
    writeFileSync(file, [cells[0]?.split('\n')[0], ...steps, keep].join(`\n\n${separator}\n`));
    const result = await spark.kernel.run(file, { records: JSON.stringify(records) });
    requireSuccess([{ task: `3_clean/${dataset}`, ...result }]);
  } finally {
    rmSync(copy, { recursive: true });
  }
  return spark.kernel.sql(`SELECT * FROM ${table} ORDER BY _position`);
}

// What any record goes through is shown with geo.
describe.each([['record', 'geo'], ...datasets.map(({ name }) => [name, name])] as [string, string][])(
  '%s',
  (file, dataset) => {
    const given = cases<RuleCase>('rules', file);
    let rows: Row[];
    beforeAll(async () => {
      const records = given.map(({ text, given }) => text ?? JSON.stringify(given));
      rows = await cleaned(dataset, records);
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
        const columns = cleanColumns(dataset).map(({ name, type }) => `${quoted(name)}: ${type}`);
        return `${cleanTable(name)} AS (SELECT inline(from_json(:${name}, 'ARRAY<STRUCT<${columns.join(', ')}>>')))`;
      });
      const parameters = Object.fromEntries(
        query.reads.map((name) => [name, JSON.stringify(one[`clean_${name}`])]),
      );
      const given = `WITH ${tables.join(', ')}`;
      const sql = query.sql.startsWith('WITH ')
        ? query.sql.replace(/^WITH/, () => `${given},`)
        : `${given}\n${query.sql}`;
      const answer = await spark.kernel.sql(sql, parameters);
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
