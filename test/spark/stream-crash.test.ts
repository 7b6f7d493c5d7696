/** If Spark is killed at any moment of a stream and started again, no record is lost or duplicated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEndpoint, emulatorEnvironment } from '../../local/streams.ts';
import { randomOf } from '../../src/posts/random.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { KinesisLanding } from '../fixtures/kinesis-landing.ts';
import { OwnSpark } from '../fixtures/spark.ts';
import { cut, expectSums, part, recordsOf, StreamPipeline } from '../fixtures/stream.ts';
import { expectReferees } from '../fixtures/verdict.ts';
import { byDataset, fromText } from '../referee/arrivals.ts';
import { mischief } from '../referee/mischief.ts';

const KILLS = timesUnderFaults(2, 20);
/** With this seed, splits and merges always leave at least two shards. A single shard could not be merged. */
const SEED = 7;
/** Milliseconds for which records arrive after the first batch, so that kills hit appends, merges and commits. */
const SPAN = 10_000;
/** In milliseconds: the time limit for a query to start and write a record on a busy machine, and the polling interval. */
const PATIENCE = { timeout: 240_000, interval: 2000 };

let emulator: Emulator;
let client: KinesisClient;
let spark: OwnSpark;

beforeAll(async () => {
  emulator = await startEmulator();
  client = kinesisClient(emulatorEndpoint(emulator.endpoint));
  spark = await OwnSpark.start({ environment: emulatorEnvironment(emulator.endpoint) });
});
afterAll(async () => {
  await spark?.stop();
  client?.destroy();
  await emulator?.stop();
});

test(`no record is lost or duplicated if Spark is killed at ${KILLS} random moments of running streams, of which one has shard splits and merges, seed ${SEED}`, async () => {
  const random = randomOf(SEED);
  const files = mischief({ seed: SEED, posts: 20 });
  const records = recordsOf(files);
  const pipeline = await StreamPipeline.openWithStreams(spark, emulator.endpoint, 'killed_stream');
  const inRaw = async () => (await pipeline.rowsOrNone('raw_pin')).length;
  const landing = await KinesisLanding.open('killed', { spark, client, endpoint: emulator.endpoint });
  for (let kill = 0; kill < KILLS; kill++) {
    const some = part(records, kill, KILLS + 1);
    const before = { inRaw: await inRaw(), planned: await landing.planned() };
    const job = pipeline.start();
    await pipeline.send(cut(some, 0, 1));
    const running = vi.waitFor(async () => expect(await inRaw()).toBeGreaterThan(before.inRaw), PATIENCE);
    await Promise.race([job.failed, running]);
    // This run fails, because Spark is killed.
    landing.run('0 seconds').catch(() => {});
    const load = landing.load(60);
    // Every third kill happens while this query starts, the others during its batches.
    if (kill % 3 > 0)
      await vi.waitFor(async () => expect(await landing.planned()).toBeGreaterThan(before.planned), PATIENCE);
    const sending = pipeline.send(cut(some, 1), ((some.pin?.length ?? 0) / SPAN) * 1000);
    await sleep(random() * 3000);
    await landing.reshard(random() < 0.6 ? 'split' : 'merge');
    await sleep(random() * 5000);
    await spark.crash();
    await Promise.all([sending, load]);
    await spark.restart();
  }
  await pipeline.send(part(records, KILLS, KILLS + 1));
  await pipeline.drain();
  await expectSums(pipeline, records);
  const arrivals = byDataset((name) => fromText(files[name]));
  await expectReferees(pipeline, { arrivals, answers: false });
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
}, 3_600_000);
