/** Runs the rendered rules and queries with given rows on real Spark and compares the results with expected rows. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import { answered, cleaned, type QueryCase, type RuleCase } from '../fixtures/facts.ts';
import type { Row } from '../fixtures/pipeline.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';

let spark: SharedSpark;
beforeAll(async () => {
  spark = await SharedSpark.open();
});
afterAll(() => spark?.stop());

const cases = <Case>(folder: string, name: string): Case[] =>
  parse(readFileSync(path.join(import.meta.dirname, folder, `${name}.yml`), 'utf8'));

describe.each(datasets.map(({ name }) => name))('%s', (dataset) => {
  const given = cases<RuleCase>('rules', dataset);
  let rows: Row[];
  beforeAll(async () => {
    const records = given.map(({ text, given }) => text ?? JSON.stringify(given));
    rows = await cleaned(spark, dataset, records);
  });
  test.each(given.map((one, index) => [one.says, one, index] as const))('%s', (_, one, index) => {
    expect(rows[index]).toMatchObject(one.expect);
  });
});

describe.each(queries.map((query) => [query.name, query] as const))('%s', (name, query) => {
  test.each(cases<QueryCase>('queries', name).map((one) => [one.says, one] as const))(
    '%s',
    async (_, one) => {
      const answer = await answered(spark, query, datasets, one);
      expect(sortAnswer(answer)).toEqual(sortAnswer(one.expect));
    },
  );
});

test('every dataset and every query has a file of test rows', () => {
  const names = (folder: string) =>
    readdirSync(path.join(import.meta.dirname, folder))
      .map((file) => path.basename(file, '.yml'))
      .sort();
  expect(names('rules')).toEqual(datasets.map(({ name }) => name).sort());
  expect(names('queries')).toEqual(queries.map(({ name }) => name).sort());
});
