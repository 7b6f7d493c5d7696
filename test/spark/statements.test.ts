/** The cost of a micro-batch of the stream in Spark jobs and Delta commits, from the logs of Spark and Delta. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEnvironment } from '../../local/streams.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { REPOSITORY, SparkUnderTest } from '../fixtures/pipeline.ts';
import { eventLog, jobsByBatch, readsByBatch } from '../fixtures/scans.ts';
import { StreamPipeline } from '../fixtures/stream.ts';

/**
 * Possible numbers of Spark jobs in a micro-batch of new posts: one each for counts, append and merge, and one if Delta
 * computes the clean table's state before the merge.
 */
const JOBS = [3, 4];
const PATIENCE = { timeout: 240_000, interval: 500 };

let events: string;
let emulator: Emulator;
let spark: SparkUnderTest;
beforeAll(async () => {
  events = mkdtempSync(path.join(os.tmpdir(), 'spark-events-'));
  emulator = await startEmulator();
  const environment = emulatorEnvironment(emulator.endpoint);
  spark = await SparkUnderTest.start({ environment, conf: eventLog(events) });
});
afterAll(async () => {
  await spark?.stop();
  await emulator?.stop();
  rmSync(events, { recursive: true });
});

test('a micro-batch of new posts takes one append, one insert-only merge and few jobs; a post that another writer inserted is updated', async () => {
  const pipeline = await StreamPipeline.open(spark, emulator, 'counted');
  const stopping = new AbortController();
  const parameters = { ...pipeline.parameters, source: 'kinesis', trigger: '0 seconds' };
  const notebook = path.join(REPOSITORY, 'notebooks/3_clean/geo.py');
  const running = spark.kernel.run(notebook, parameters, { name: 'geo', signal: stopping.signal });
  const send = async (ind: number, country: string) => {
    await pipeline.send({ geo: [Buffer.from(JSON.stringify({ ind, country }))] });
    await vi.waitFor(async () => {
      const rows = await pipeline.rows('clean_geo').catch(() => []);
      expect(rows).toContainEqual(expect.objectContaining({ ind, country }));
    }, PATIENCE);
  };
  for (const ind of [1, 2, 3]) await send(ind, 'Gambia');
  await spark.kernel.sql("INSERT INTO counted.clean_geo (ind, country, _position) VALUES (4, 'Gambia', '0')");
  await send(4, 'Ghana');
  expect((await pipeline.rows('clean_geo')).map(({ ind }) => ind).sort()).toEqual([1, 2, 3, 4]);
  stopping.abort();
  const result = await running;
  if (result.state !== 'canceled') requireSuccess([{ task: 'geo', ...result }]);

  const operations = async (table: string) =>
    (await pipeline.history(table)).map(({ operation }) => operation).slice(1);
  expect(await operations('raw_geo')).toEqual(Array(4).fill('WRITE'));
  expect(await operations('clean_geo')).toEqual(['MERGE', 'MERGE', 'MERGE', 'WRITE', 'MERGE']);
  // The first batch checks for existing posts, and the last may not be in Spark's log yet.
  expect(JOBS).toContain(jobsByBatch(events)[2]);
  expect(readsByBatch(events, 'counted.clean_geo').get(2)).toEqual({ files: 0, rows: 0 });
});
