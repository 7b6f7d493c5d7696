/** Quality in numbers: what arrived, what was wrong with it, and when production's alerts fire. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alerts } from '../../generator/alerts.ts';
import { qualitySql } from '../../src/databricks/quality.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { type Pipeline, SparkUnderTest } from '../fixtures/pipeline.ts';

let spark: SparkUnderTest;
let pipeline: Pipeline;
beforeAll(async () => {
  spark = await SparkUnderTest.start();
  pipeline = await spark.pipeline('numbers');
  await pipeline.notebook('0_tables/all.py', pipeline.parameters);
  const arrive = (dataset: string, hours: number, count: number) =>
    spark.kernel.sql(`
      INSERT INTO numbers.raw_${dataset} (record, arrived, position)
      SELECT '{}', current_timestamp() - make_dt_interval(0, ${hours}), CAST(id AS STRING) FROM range(${count})`);
  const reject = (dataset: string, hours: number, count: number, kept: boolean) =>
    spark.kernel.sql(`
      INSERT INTO numbers.rejected_${dataset} (id, record, reasons, kept, _arrived, _position)
      SELECT CAST(id AS STRING), '{}', array('not JSON'), ${kept}, current_timestamp() - make_dt_interval(0, ${hours}), ''
      FROM range(${count})`);
  // geo is as it should be, of pin too much is rejected, user has been silent.
  await arrive('geo', 1, 100);
  await reject('geo', 1, 5, false);
  await reject('geo', 1, 50, true);
  await arrive('pin', 1, 100);
  await reject('pin', 1, 6, false);
  await arrive('user', 25, 100);
  await reject('user', 25, 100, false);
});
afterAll(() => spark?.stop());

test('by dataset, day and reason: records that arrived, and those that were wrong', async () => {
  const rows = await spark.kernel.sql(qualitySql(datasets, 'numbers.'));
  expect(rows.map(({ day: _, ...row }) => row)).toEqual([
    { dataset: 'geo', arrived: 100, reason: 'not JSON', rejected: false, records: 50 },
    { dataset: 'geo', arrived: 100, reason: 'not JSON', rejected: true, records: 5 },
    { dataset: 'pin', arrived: 100, reason: 'not JSON', rejected: true, records: 6 },
    { dataset: 'user', arrived: 100, reason: 'not JSON', rejected: true, records: 100 },
  ]);
});

test.each(['silence', 'rejected'] as const)(
  'the alert %s counts the one dataset that it is for',
  async (name) => {
    const { query_text } = alerts(datasets)[name];
    const sql = query_text.replaceAll(
      /`\$\{var\.catalog\}`\.`\$\{resources\.schemas\.pinterest\.name\}`/g,
      'numbers',
    );
    expect(await spark.kernel.sql(sql)).toEqual([{ datasets: 1 }]);
  },
);
