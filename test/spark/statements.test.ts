/** Reads the logs of Spark and Delta to count jobs, commits and read rows of micro-batches while tables grow. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEnvironment } from '../../local/streams.ts';
import { ROOT } from '../../src/root.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { MicroBatches, VERSIONS } from '../fixtures/microbatches.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { eventLog, jobsByBatch, readsByBatch } from '../fixtures/scans.ts';
import { OwnSpark } from '../fixtures/spark.ts';
import { StreamPipeline } from '../fixtures/stream.ts';

/**
 * Possible numbers of Spark jobs in a micro-batch of new posts: one each for counts, append and merge, and a fourth if
 * Delta computes the clean table's state before the merge.
 */
const JOBS = [3, 4];
const PATIENCE = { timeout: 240_000, interval: 500 };

let events: string;
let emulator: Emulator;
let spark: OwnSpark;
beforeAll(async () => {
  events = mkdtempSync(path.join(os.tmpdir(), 'spark-events-'));
  emulator = await startEmulator();
  const environment = emulatorEnvironment(emulator.endpoint);
  spark = await OwnSpark.start({ environment, conf: eventLog(events) });
});
afterAll(async () => {
  await spark?.stop();
  await emulator?.stop();
  rmSync(events, { recursive: true });
});

test('a micro-batch of new posts takes one append, one insert-only merge and few jobs; a post that another writer inserted is updated', async () => {
  const pipeline = await StreamPipeline.openWithStreams(spark, emulator.endpoint, 'counted');
  const stopping = new AbortController();
  const parameters = { ...pipeline.parameters, source: 'kinesis', trigger: '0 seconds' };
  const notebook = path.join(ROOT, 'notebooks/3_clean/geo.py');
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
  // Checks a batch in the middle: the first looks for existing posts, and the last may not be in Spark's log yet.
  expect(JOBS).toContain(jobsByBatch(events)[2]);
  expect(readsByBatch(events, 'counted.clean_geo').get(2)).toEqual({ files: 0, rows: 0 });
});

describe('a growing stream', () => {
  const BATCHES = 6;
  const POSTS = 50;

  test('reads and writes only what its new posts need, and concurrent maintenance compacts small files', async () => {
    const pipeline = await Pipeline.open(spark, 'growing');
    const batches = new MicroBatches(pipeline, 'rising');
    await batches.start();
    for (let batch = 0; batch < BATCHES; batch++) await batches.add(POSTS);

    const merges = (await pipeline.history('clean_pin')).filter(({ operation }) => operation === 'MERGE');
    const metric = (name: string) => merges.map(({ operationMetrics }) => Number(operationMetrics[name]));
    // The first batch had only new posts. The second therefore begins with an insert-only merge, which writes separate
    // files; a second merge of the same batch then updates rows.
    const later = BATCHES - 2;
    expect(metric('numTargetRowsInserted')).toEqual([POSTS, POSTS, 0, ...Array(later).fill(POSTS)]);
    expect(metric('numTargetRowsUpdated')).toEqual([0, 0, ...Array(later + 1).fill(VERSIONS)]);
    expect(metric('numTargetRowsCopied')).toEqual(Array(BATCHES + 1).fill(0));
    expect(metric('numTargetFilesRemoved')).toEqual(Array(BATCHES + 1).fill(0));

    // Spark flushes its log when a job or query ends, so the last batch may not be in the log yet.
    const reads = [...readsByBatch(events, 'growing.clean_pin').values()].slice(3, BATCHES - 1);
    expect(reads.length).toBeGreaterThan(1);
    expect(reads[0]?.rows).toBeGreaterThanOrEqual(VERSIONS);
    expect(new Set(reads.map((read) => JSON.stringify(read))).size).toBe(1);

    const small = await filesOf(pipeline, 'clean_pin');
    const beside = maintain(pipeline);
    await batches.add(POSTS);
    await batches.add(POSTS);
    await beside;
    // add() waits for any micro-batch, and a commit of the maintenance can start one too.
    await vi.waitFor(
      async () => expect(await pipeline.rows('clean_pin')).toHaveLength((BATCHES + 2) * POSTS),
      PATIENCE,
    );
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

const maintain = (pipeline: Pipeline) =>
  pipeline.notebook('6_maintenance/tables.py', { ...pipeline.parameters, dataset: 'pin' });
