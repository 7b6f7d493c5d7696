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

const SEED = 31;
/** With this seed, splits and merges always leave at least two shards. A single shard could not be merged. */
const SHARDS_SEED = 7;
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

test(`no record is lost or duplicated if Spark is killed at ${timesUnderFaults(2, 20)} random moments of a running stream, seed ${SEED}`, async () => {
  const kills = timesUnderFaults(2, 20);
  /** Milliseconds for which records arrive after the first batch, so that kills hit appends, merges and commits. */
  const span = 10_000;
  const random = randomOf(SEED);
  const files = mischief({ seed: SEED, posts: 20 });
  const records = recordsOf(files);
  const arrivals = byDataset((name) => fromText(files[name]));
  const pipeline = await StreamPipeline.openWithStreams(spark, emulator.endpoint, 'killed_stream');
  const inRaw = async () => (await pipeline.rowsOrNone('raw_pin')).length;
  for (let kill = 0; kill < kills; kill++) {
    const some = part(records, kill, kills + 1);
    const before = await inRaw();
    const job = pipeline.start();
    await pipeline.send(cut(some, 0, 1));
    const running = vi.waitFor(async () => expect(await inRaw()).toBeGreaterThan(before), PATIENCE);
    await Promise.race([job.failed, running]);
    const sending = pipeline.send(cut(some, 1), ((some.pin?.length ?? 0) / span) * 1000);
    await sleep(random() * span);
    await spark.crash();
    await sending;
    await spark.restart();
  }
  await pipeline.send(part(records, kills, kills + 1));
  await pipeline.drain();
  await expectSums(pipeline, records);
  await expectReferees(pipeline, { arrivals, answers: false });
}, 3_600_000);

test(`no record is lost or duplicated if Spark is killed at ${timesUnderFaults(2, 20)} random moments of shard splits and merges, seed ${SHARDS_SEED}`, async () => {
  const landing = await KinesisLanding.open('killed', { spark, client, endpoint: emulator.endpoint });
  const random = randomOf(SHARDS_SEED);
  for (let kill = 0; kill < timesUnderFaults(2, 20); kill++) {
    const before = landing.batches();
    // This run fails, because Spark is killed.
    landing.run('0 seconds').catch(() => {});
    const load = landing.load(60);
    // Every third kill happens while the query starts, the others during its batches.
    if (kill % 3 > 0)
      await expect.poll(() => landing.batches(), { timeout: 120_000 }).toBeGreaterThan(before);
    await sleep(random() * 3000);
    await landing.reshard(random() < 0.6 ? 'split' : 'merge');
    await sleep(random() * 5000);
    await spark.crash();
    await load;
    await spark.restart();
  }
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
}, 3_600_000);
