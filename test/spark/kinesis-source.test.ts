/** The kinesis source on Spark, into Delta: every record sent is in the table exactly once, whatever fails in between. */
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
/** The proxy through which Spark reads; records are put directly into the emulator. */
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

/** A stream, the notebook that appends it to a table of the same name, and the number of records sent. */
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

  /** Puts `portions` portions of `each` records, one every 100 ms. */
  async load(portions: number, each = 20): Promise<void> {
    for (let portion = 0; portion < portions; portion++) {
      await this.put(each);
      await sleep(100);
    }
  }

  /** Splits the first open shard in two, or merges the first two open shards. */
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

  /** Returns the number of landed rows and the number of distinct rows. */
  async landed(): Promise<{ rows: number; different: number }> {
    const counted = `SELECT count(*) AS rows, count(DISTINCT CAST(data AS STRING)) AS different FROM ${this.name}`;
    const [row] = await spark.kernel.sql(counted);
    return row as { rows: number; different: number };
  }

  get wanted() {
    return { rows: this.sent, different: this.sent };
  }

  /** Returns the number of planned batches. */
  batches(): number {
    return batchesIn(path.join(this.checkpoint, 'offsets')).length;
  }

  /** Removes the commit of the newest batch, as if the machine had failed before the commit. */
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

test('availableNow lands all records, and a batch whose commit is lost runs again without duplicates', async () => {
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

test('no record is lost or duplicated by splits, merges, throttling, expired iterators and lost connections', async () => {
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
  // The checkpoint of a running query can also be used with availableNow.
  await landing.put(50);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
});

test('a shard is read at most five times a second, however many batches there are', async () => {
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

test('a recreated stream fails the query with one sentence that says what to do', async () => {
  const landing = await Landing.open('recreated');
  await landing.put(10);
  expect((await landing.run()).error).toBeUndefined();
  await client.send(new DeleteStreamCommand({ StreamName: landing.name }));
  // The two streams differ only in their creation time, which has a resolution of one second.
  await sleep(1100);
  await client.send(new CreateStreamCommand({ StreamName: landing.name, ShardCount: 2 }));
  await landing.settled();
  const { error } = await landing.run();
  expect(error?.message).toMatch(
    /^StreamRecreated: Stream recreated is not the one .* new checkpoint location,.*still has\.$/,
  );
});

test(`no record is lost or duplicated if Spark is killed at ${timesUnderFaults(2, 20)} random moments of splits and merges, seed ${SEED}`, async () => {
  const landing = await Landing.open('killed');
  const random = randomOf(SEED);
  for (let kill = 0; kill < timesUnderFaults(2, 20); kill++) {
    const before = landing.batches();
    // The run will be killed: its failure is expected.
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
