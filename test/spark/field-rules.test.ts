/** Runs every rule for fields on valid texts, texts at its bounds, and invalid texts that Spark's CAST would accept. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Rule } from '../../src/datasets/dataset.ts';
import * as rules from '../../src/datasets/rules.ts';
import { dataPath, followerCount } from '../../src/project/rules.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';

const RULES: Readonly<Record<string, Rule>> = {
  'wholeNumber(-5, 2147483647)': rules.wholeNumber(-5, 2_147_483_647),
  'bigNumber()': rules.bigNumber(),
  "bigNumber('0', 9007199254740993n)": rules.bigNumber('0', 9_007_199_254_740_993n),
  'decimal(5, 2)': rules.decimal(5, 2),
  'decimal(38, 0)': rules.decimal(38, 0),
  'decimal(38, 38)': rules.decimal(38, 38),
  double: rules.double,
  flag: rules.flag,
  day: rules.day,
  instant: rules.instant,
  epochSeconds: rules.epochSeconds,
  epochMilliseconds: rules.epochMilliseconds,
  oneOf: rules.oneOf('new', "it's", '$x', 'a\\b', 'größer', '/* -- ;'),
  email: rules.email,
  url: rules.url,
  json: rules.json,
  text: rules.text,
  degrees: rules.degrees(90),
  followerCount,
  moment: rules.moment,
  dataPath,
  custom: rules.custom(
    String.raw`CASE WHEN {text} RLIKE r'^[A-Z]{3}\z' THEN {text} END`,
    'STRING',
    'a currency such as EUR',
    ['EUR', 'USD'],
  ),
};

interface Expected {
  readonly valid: Readonly<Record<string, string | null>>;
  readonly invalid: readonly string[];
}

const cases: Readonly<Record<string, Expected>> = parse(
  readFileSync(path.join(import.meta.dirname, 'field-rules.yml'), 'utf8'),
);

let spark: SharedSpark;
beforeAll(async () => {
  spark = await SharedSpark.open();
});
afterAll(() => spark?.stop());

test.each(Object.entries(RULES))('%s', async (name, rule) => {
  const { valid, invalid } = cases[name] as Expected;
  const expected = { ...valid, ...Object.fromEntries(invalid.map((text) => [text, null])) };
  const rows = await valuesOf(rule, Object.keys(expected));
  expect(Object.fromEntries(rows.map(({ text, value }) => [text, value]))).toEqual(expected);
  expect(rows[0]?.type).toBe(rule.type.toLowerCase());
  const examples = [...Array(50).keys(), 999_999].map((n) => textOf(rule.example?.(n)));
  expect((await valuesOf(rule, examples)).filter(({ value }) => value === null)).toEqual([]);
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const valuesOf = (rule: Rule, texts: readonly string[]) =>
  spark.kernel.sql(
    `SELECT text, CAST(value AS STRING) AS value, typeof(value) AS type
     FROM (SELECT text, ${rule.sql('text')} AS value FROM (SELECT explode(from_json(:texts, 'ARRAY<STRING>')) AS text))`,
    { texts: JSON.stringify(texts) },
  );

test('every rule has test texts in field-rules.yml', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(RULES).sort());
});
