/** Generates datasets and questions from samples. Spark gives the expected rows. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeQuestion } from '../../generator/question/make.ts';
import { makeDataset } from '../../generator/sample/make.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { checksOf } from '../../src/databricks/bundle/verify.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { parseQuery, type Query } from '../../src/queries/query.ts';
import { ROOT } from '../../src/root.ts';
import { answered, cleaned, type QueryCase, type RuleCase } from '../fixtures/facts.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';

const SAMPLES = path.join(ROOT, 'test/fixtures/samples');

/** A sample with a column for each supported format of days, times, numbers and flags, and an index without a name. */
const FORMS = `;id;day_de;day_us;day_compact;time_de;time_pm;time_short;epoch_ms;created_ts;time_us;time_ns;yes_no;big;huge;money;lat;note
0;1;28.02.2026;02/28/2026;20260228;28.2.2026 7:05;2/28/2026 12:30:00 AM;2026-02-28 07:05;1772262300123;1772262300;1772262300123456;1772262300123456789;Yes;9223372036854775807;12345678901234567890123456789012345678;1234.5;-52.5;Ёлка "x" 'y' \\ $z
1;2;1.3.2026;12/31/2025;20251231;1.12.2026 23:59;12/31/2025 1:02:03 PM;2026-03-01T10:00:00.123456;1772262300000;1772262399;1000000000000000;4102444799999999999;no;0;1;0.01;12.25;
`;

const QUESTIONS = [
  'How many orders per country?',
  'What is the average total of orders by status?',
  'What is the total total of orders by month?',
  'What is the median total of orders per country?',
  'What is the highest total of orders per express?',
  'When was the latest order updated at per status?',
  'How many different currencies per country in orders?',
  'Which status is the most common in each country of the orders?',
  'How many orders per day and status?',
  'How many orders per hour?',
  'How many orders per week?',
  'How many orders per quarter?',
  'How many orders per year?',
  'How many orders are there?',
  'How many trips per payment type?',
  'What is the average passenger count of trips?',
  'How many events per type and day?',
];

/** Reduces the checks to one dataset without answers, which takes a tenth of the time. */
const ONE = `
# COMMAND ----------

rules = {"forms": rules["forms"]}
answers = {}
`;

let spark: SharedSpark;
let copy: ProjectCopy;
let folder: string;
let datasets: readonly Dataset[];
const queries: Query[] = [];
const records: Record<string, string> = {};

/** Adds a dataset as `npm run generate dataset` does, and keeps its records as the producer sends them. */
async function addDataset(name: string, from: string): Promise<void> {
  const lines: string[] = [];
  const { files } = await makeDataset({ root: copy.root, name, from, onRecord: (line) => lines.push(line) });
  for (const [file, text] of files) copy.write(file, text);
  records[name] = from.endsWith('.jsonl') ? readFileSync(from, 'utf8') : `${lines.join('\n')}\n`;
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'samples-'));
  writeFileSync(path.join(folder, 'forms.csv'), FORMS);
  copy = new ProjectCopy();
  for (const file of ['orders.jsonl', 'trips.csv', 'events.jsonl'])
    await addDataset(path.parse(file).name, path.join(SAMPLES, file));
  await addDataset('forms', path.join(folder, 'forms.csv'));
  ({ datasets } = await copy.module('src/project/datasets/index.ts'));
  for (const question of QUESTIONS) {
    const files = makeQuestion({ root: copy.root, question, datasets });
    for (const [file, text] of files) copy.write(file, text);
    const [[file = '', text = ''] = []] = [...files];
    queries.push(parseQuery(path.basename(file, '.sql'), text));
  }
  copy.run('generate');
  spark = await SharedSpark.open();
});
afterAll(async () => {
  await spark?.stop();
  copy?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const rows = <Case>(file: string): Case[] =>
  parse(readFileSync(path.join(copy.root, 'test/spark', file), 'utf8'));

test.each(['orders', 'trips', 'events', 'forms'])('cleaning gives the expected rows of %s', async (name) => {
  const given = rows<RuleCase>(`rules/${name}.yml`);
  const found = await cleaned(
    spark,
    name,
    given.map(({ given }) => JSON.stringify(given)),
    copy.root,
  );
  for (const [at, one] of given.entries()) expect(found[at], one.says).toMatchObject(one.expect);
  expect(given.length).toBeGreaterThan(2);
});

test.each([
  ['trips', 50],
  ['forms', 2],
])('a dataset generated from the sample %s accepts each of its records', async (name, count) => {
  const found = await cleaned(spark, name, records[name]?.trimEnd().split('\n') ?? [], copy.root);
  expect(found.map(({ reasons }) => reasons)).toEqual(Array.from({ length: count }, () => []));
});

test('each question gives its expected rows', async () => {
  for (const query of queries)
    for (const one of rows<QueryCase>(`queries/${query.name}.yml`)) {
      const answer = await answered(spark, query, datasets, one);
      expect(sortAnswer(answer), query.sql).toEqual(sortAnswer(one.expect));
    }
});

test('the checks of 7_verify pass for a dataset with numbers beyond 2^53 and with microseconds', async () => {
  const expected = path.join(copy.root, 'notebooks/7_verify/expected.py');
  writeFileSync(expected, `${readFileSync(expected, 'utf8')}${ONE}`);
  await spark.kernel.sql('CREATE SCHEMA checked');
  const result = await spark.kernel.run(path.join(copy.root, 'notebooks/7_verify/checks.py'), {
    catalog: 'spark_catalog',
    schema: 'checked',
    checkpoints: '/Volumes/spark_catalog/checked/checkpoints',
    file_reader: 'binaryFile',
  });
  requireSuccess([{ task: 'checks', ...result }]);
  const { checks } = checksOf('checks', result.exit ?? '');
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  const names = checks.map(({ check }) => check);
  expect(names).toContain('forms: a record of the sample becomes a row');
  expect(names).toContainEqual(expect.stringContaining('forms: of a truncated gzip file'));
});
