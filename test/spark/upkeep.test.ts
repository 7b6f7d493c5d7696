/** What a stream costs as its tables grow, and what maintenance makes of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MicroBatches, VERSIONS } from '../fixtures/microbatches.ts';
import { type Pipeline, SparkUnderTest } from '../fixtures/pipeline.ts';
import { eventLog, readsByBatch } from '../fixtures/scans.ts';

let events: string;
let spark: SparkUnderTest;
beforeAll(async () => {
  events = mkdtempSync(path.join(os.tmpdir(), 'spark-events-'));
  spark = await SparkUnderTest.start({ conf: eventLog(events) });
});
afterAll(async () => {
  await spark?.stop();
  rmSync(events, { recursive: true });
});

const maintain = (pipeline: Pipeline, days: Record<string, string> = {}) =>
  pipeline.notebook('6_maintenance/tables.py', { ...pipeline.parameters, dataset: 'pin', ...days });

describe('a growing stream', () => {
  const BATCHES = 6;
  const POSTS = 50;

  test('costs what its new posts cost, and maintenance beside it keeps small files in check', async () => {
    const pipeline = await spark.pipeline('growing');
    const batches = new MicroBatches(pipeline, 'rising');
    await batches.start();
    for (let batch = 0; batch < BATCHES; batch++) await batches.add(POSTS);

    const merges = (await pipeline.history('clean_pin')).filter(({ operation }) => operation === 'MERGE');
    const metric = (name: string) => merges.map(({ operationMetrics }) => Number(operationMetrics[name]));
    expect(metric('numTargetRowsInserted')).toEqual(Array(BATCHES).fill(POSTS));
    expect(metric('numTargetRowsUpdated')).toEqual([0, ...Array(BATCHES - 1).fill(VERSIONS)]);
    expect(metric('numTargetRowsCopied')).toEqual(Array(BATCHES).fill(0));
    expect(metric('numTargetFilesRemoved')).toEqual(Array(BATCHES).fill(0));

    // Spark flushes its log when something ends: the last batch may not be in it yet.
    const reads = [...readsByBatch(events, 'growing.clean_pin').values()].slice(2, BATCHES - 1);
    expect(reads.length).toBeGreaterThan(1);
    expect(reads[0]?.rows).toBeGreaterThanOrEqual(VERSIONS);
    expect(new Set(reads.map((read) => JSON.stringify(read))).size).toBe(1);

    const small = await filesOf(pipeline, 'clean_pin');
    const beside = maintain(pipeline);
    await batches.add(POSTS);
    await batches.add(POSTS);
    await beside;
    await batches.stop();
    await maintain(pipeline);
    expect(await filesOf(pipeline, 'clean_pin')).toBeLessThan(small / 2);
    expect(await pipeline.rows('clean_pin')).toHaveLength((BATCHES + 2) * POSTS);
  });
});

const filesOf = async (pipeline: Pipeline, table: string): Promise<number> => {
  const [detail] = await spark.kernel.sql(`DESCRIBE DETAIL ${pipeline.id}.${table}`);
  return Number(detail?.numFiles);
};

test('raw and rejected forget after their days, clean does not, and a rebuild leaves what raw has forgotten', async () => {
  const pipeline = await spark.pipeline('forgetful');
  const clean = () => pipeline.notebook('3_clean/pin.py', pipeline.parameters);
  const arrive = (...records: [record: string, days: number][]) =>
    spark.kernel.sql(`
      INSERT INTO forgetful.raw_pin
      SELECT record, current_timestamp() - make_dt_interval(days), lpad(1000 - days, 6, '0')
      FROM VALUES ${records.map(([record, days]) => `('${record}', ${days})`).join(', ')} AS (record, days)`);
  const found = async (table: string, column: string) =>
    (await pipeline.rows(table)).map((row) => row[column]).sort();
  await clean();
  await arrive(
    ['{"index": 1, "title": "old"}', 40],
    ['{"index": 2, "title": "old, then new"}', 40],
    ['{"index": 2, "title": "new"}', 3],
    ['{"index": 3, "title": "new"}', 2],
    ['junk of old', 40],
    ['junk, sent again', 39],
    ['junk, sent again', 1],
    ['junk of today', 0],
  );
  await clean();
  const titles = ['new', 'new', 'old'];
  expect(await found('clean_pin', 'title')).toEqual(titles);

  await maintain(pipeline, { raw_days: '0', rejected_days: '0' });
  expect(await found('raw_pin', 'record')).toHaveLength(8);
  expect(await found('rejected_pin', 'record')).toHaveLength(3);

  await maintain(pipeline, { raw_days: '30', rejected_days: '30' });
  expect(await found('raw_pin', 'record')).toEqual([
    'junk of today',
    'junk, sent again',
    '{"index": 2, "title": "new"}',
    '{"index": 3, "title": "new"}',
  ]);
  expect(await found('rejected_pin', 'record')).toEqual(['junk of today', 'junk, sent again']);
  await clean();
  expect(await found('clean_pin', 'title')).toEqual(titles);

  await pipeline.notebook('5_rebuild.py', { ...pipeline.parameters, dataset: 'pin' });
  expect(await found('clean_pin', 'title')).toEqual(titles);
  expect(await found('rejected_pin', 'record')).toEqual(['junk of today', 'junk, sent again']);
});
