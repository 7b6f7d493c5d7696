/** What a micro-batch of the stream costs in Spark jobs and Delta commits, counted by Spark and Delta themselves. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEnvironment } from '../../local/streams.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { REPOSITORY, SparkUnderTest } from '../fixtures/pipeline.ts';
import { eventLog, jobsByBatch } from '../fixtures/scans.ts';
import { StreamPipeline } from '../fixtures/stream.ts';

/** New posts: the counts, raw, and the append to the clean table, before which Delta may compute that table's state. */
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

test('a micro-batch of new posts is two appends and few jobs; one with a later version is an append and a merge', async () => {
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
  await send(1, 'Ghana');
  stopping.abort();
  const result = await running;
  if (result.state !== 'canceled') requireSuccess([{ task: 'geo', ...result }]);

  const operations = async (table: string) =>
    (await pipeline.history(table)).map(({ operation }) => operation).slice(1);
  expect(await operations('raw_geo')).toEqual(Array(4).fill('WRITE'));
  expect(await operations('clean_geo')).toEqual(['MERGE', 'WRITE', 'WRITE', 'MERGE']);
  // The first batch asks what of it is there, the second one for the highest number, the last may not be in Spark's log yet.
  expect(JOBS).toContain(jobsByBatch(events)[2]);
});
