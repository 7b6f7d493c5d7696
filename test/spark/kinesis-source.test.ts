/** The kinesis source under Spark, into Delta: every record that was sent is there once, whatever happens on the way. */
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEndpoint, emulatorEnvironment } from '../../local/streams.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { randomOf, timesUnderFaults } from '../fixtures/faults.ts';
import { FaultyKinesis } from '../fixtures/faulty-kinesis.ts';
import { SparkUnderTest } from '../fixtures/pipeline.ts';

const SEED = 7;

let emulator: Emulator;
/** What Spark reads through; records are put past it. */
let proxy: FaultyKinesis;
let client: KinesisClient;
let spark: SparkUnderTest;

beforeAll(async () => {
  emulator = await startEmulator();
  proxy = await FaultyKinesis.start(emulator.endpoint, SEED);
  client = kinesisClient(emulatorEndpoint(emulator.endpoint), 3);
  spark = await SparkUnderTest.start({ environment: emulatorEnvironment(proxy.url) });
});
afterAll(async () => {
  await spark?.stop();
  client?.destroy();
  await proxy?.stop();
  await emulator?.stop();
});

/** A stream, the notebook that appends it to a table of its name, and what was sent. */
class Landing {
  readonly name: string;
  sent = 0;

  private constructor(name: string) {
    this.name = name;
  }

  static async open(name: string, shards = 2): Promise<Landing> {
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
    const landing = new Landing(name);
    await landing.settled();
    const cells = [
      'dbutils.widgets.text("trigger", "")\ntrigger = dbutils.widgets.get("trigger")',
      `query = (
    spark.readStream.format("kinesis")
    .options(streamName="${name}", initialPosition="trim_horizon", maxRecordsPerFetch="50")
    .load()
    .writeStream.option("checkpointLocation", "${landing.checkpoint}")
    .trigger(**({"processingTime": trigger} if trigger else {"availableNow": True}))
    .toTable("${name}")
)
query.awaitTermination()`,
    ];
    writeFileSync(
      landing.notebook,
      ['# Databricks notebook source', ...cells].join('\n\n# COMMAND ----------\n\n'),
    );
    return landing;
  }

  get notebook(): string {
    return path.join(spark.folder, `${this.name}.py`);
  }

  get checkpoint(): string {
    return path.join(spark.folder, `${this.name}-checkpoint`);
  }

  async settled(): Promise<void> {
    const ask = new DescribeStreamSummaryCommand({ StreamName: this.name });
    while ((await client.send(ask)).StreamDescriptionSummary?.StreamStatus !== 'ACTIVE') await sleep(20);
  }

  async put(count: number): Promise<void> {
    const Records = Array.from({ length: count }, (_, nth) => ({
      PartitionKey: `key-${(this.sent + nth) % 20}`,
      Data: Buffer.from(String(this.sent + nth)),
    }));
    await client.send(new PutRecordsCommand({ StreamName: this.name, Records }));
    this.sent += count;
  }

  /** Puts so many records in small portions until `over`. */
  async load(portions: number, each = 20): Promise<void> {
    for (let portion = 0; portion < portions; portion++) {
      await this.put(each);
      await sleep(100);
    }
  }

  /** Splits the first open shard in two, or merges the first two that are neighbours. */
  async reshard(how: 'split' | 'merge'): Promise<void> {
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: this.name }));
    const open = Shards.filter(({ SequenceNumberRange }) => !SequenceNumberRange?.EndingSequenceNumber)
      .map(({ ShardId, HashKeyRange }) => ({
        id: ShardId,
        from: BigInt(HashKeyRange?.StartingHashKey ?? 0),
        to: BigInt(HashKeyRange?.EndingHashKey ?? 0),
      }))
      .sort((a, b) => (a.from < b.from ? -1 : 1));
    const [first, second] = open;
    if (!first || !second) throw new Error(`${this.name} has ${open.length} open shards`);
    const stream = { StreamName: this.name };
    if (how === 'split')
      await client.send(
        new SplitShardCommand({
          ...stream,
          ShardToSplit: first.id,
          NewStartingHashKey: String((first.from + first.to) / 2n),
        }),
      );
    else
      await client.send(
        new MergeShardsCommand({ ...stream, ShardToMerge: first.id, AdjacentShardToMerge: second.id }),
      );
    await this.settled();
  }

  run(trigger = '', signal?: AbortSignal) {
    return spark.kernel.run(this.notebook, { trigger }, { name: this.name, ...(signal && { signal }) });
  }

  /** How many rows landed, and how many different ones. */
  async landed(): Promise<{ rows: number; different: number }> {
    const counted = `SELECT count(*) AS rows, count(DISTINCT CAST(data AS STRING)) AS different FROM ${this.name}`;
    const [row] = await spark.kernel.sql(counted);
    return row as { rows: number; different: number };
  }

  get wanted() {
    return { rows: this.sent, different: this.sent };
  }

  /** How many batches were planned. */
  batches(): number {
    return batchesIn(path.join(this.checkpoint, 'offsets')).length;
  }

  /** The newest batch is planned but not noted as done, as when a machine goes down between the two. */
  loseNewestCommit(): void {
    const commits = path.join(this.checkpoint, 'commits');
    const newest = Math.max(...batchesIn(commits));
    for (const file of [`${newest}`, `.${newest}.crc`]) rmSync(path.join(commits, file), { force: true });
  }
}

const batchesIn = (folder: string): number[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /^\d+$/.test(file))
        .map(Number)
    : [];

test('availableNow lands all there is, and a batch whose commit was lost is run again to the same end', async () => {
  const landing = await Landing.open('lost');
  await landing.put(300);
  await landing.reshard('split');
  await landing.put(300);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);

  landing.loseNewestCommit();
  await landing.put(100);
  await landing.reshard('merge');
  await landing.put(100);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
});

test('splits and merges under load, throttled reads, expired iterators and a broken line', async () => {
  const landing = await Landing.open('rough');
  const stop = new AbortController();
  const running = landing.run('0 seconds', stop.signal);
  await landing.load(20);
  proxy.faults.GetRecords = { share: 0.33, error: 'ProvisionedThroughputExceededException' };
  proxy.faults.GetShardIterator = { share: 0.33, error: 'LimitExceededException' };
  for (const how of ['split', 'split', 'merge', 'split'] as const) {
    await landing.reshard(how);
    await landing.load(10);
  }
  while ((proxy.failed.GetRecords ?? 0) < 10) await landing.load(10);
  proxy.faults.GetRecords = { share: 0.1, error: 'ExpiredIteratorException' };
  await landing.load(20);
  proxy.down = true;
  await landing.load(30);
  proxy.down = false;
  await landing.load(10);
  await expect
    .poll(() => landing.landed(), { timeout: 120_000, interval: 1000 })
    .toMatchObject({ different: landing.sent });
  for (const operation of Object.keys(proxy.faults)) delete proxy.faults[operation];
  stop.abort();
  expect((await running).state).toBe('canceled');
  expect(proxy.failed.GetShardIterator).toBeGreaterThan(0);
  // What a checkpoint of a running query holds serves availableNow, too.
  await landing.put(50);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
});

test('a shard is asked at most five times a second, by however many batches', async () => {
  const landing = await Landing.open('polite', 1);
  const stop = new AbortController();
  const running = landing.run('0 seconds', stop.signal);
  await expect
    .poll(
      () =>
        landing.landed().then(
          () => true,
          () => false,
        ),
      { timeout: 60_000 },
    )
    .toBe(true);
  const [before, started] = [proxy.calls.GetRecords ?? 0, Date.now()];
  const calls = () => (proxy.calls.GetRecords ?? 0) - before;
  // Loads until there are enough calls to measure their rate, however slow the machine is.
  while (calls() < 10) await landing.load(20, 2);
  expect(calls()).toBeLessThanOrEqual((5 * (Date.now() - started)) / 1000 + 1);
  stop.abort();
  await running;
});

test('a stream that was recreated fails the query with one sentence that says what to do', async () => {
  const landing = await Landing.open('recreated');
  await landing.put(10);
  expect((await landing.run()).error).toBeUndefined();
  await client.send(new DeleteStreamCommand({ StreamName: landing.name }));
  // Kinesis tells the two apart by the second.
  await sleep(1100);
  await client.send(new CreateStreamCommand({ StreamName: landing.name, ShardCount: 2 }));
  await landing.settled();
  const { error } = await landing.run();
  expect(error?.message).toMatch(
    /^StreamRecreated: Stream recreated is not the one .* new checkpoint location,.*holds\.$/,
  );
});

test(`Spark killed at ${timesUnderFaults(2, 20)} random moments while shards split and merge, seed ${SEED}`, async () => {
  const landing = await Landing.open('killed');
  const random = randomOf(SEED);
  for (let kill = 0; kill < timesUnderFaults(2, 20); kill++) {
    const before = landing.batches();
    // Nobody waits for a run that is killed.
    landing.run('0 seconds').catch(() => {});
    const load = landing.load(60);
    // Every third time while the query comes up, else in its batches.
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
