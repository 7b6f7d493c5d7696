/** Spark's kinesis source: every record that is sent is in the Delta table exactly once, whatever fails in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateStreamCommand, DeleteStreamCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emulatorEndpoint } from '../../local/streams.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { loseNewestCommit } from '../fixtures/checkpoint.ts';
import { FaultyKinesis } from '../fixtures/faulty-kinesis.ts';
import { KinesisLanding } from '../fixtures/kinesis-landing.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';
import { until } from '../fixtures/until.ts';
import { writeNotebook } from '../fixtures/write-notebook.ts';

const SEED = 7;

/** The proxy through which Spark reads; records are put directly into the emulator. */
let proxy: FaultyKinesis;
let client: KinesisClient;
let spark: SharedSpark;

beforeAll(async () => {
  spark = await SharedSpark.open();
  proxy = await FaultyKinesis.start(spark.kinesis, SEED);
  client = kinesisClient(emulatorEndpoint(spark.kinesis));
});
afterAll(async () => {
  await spark?.stop();
  client?.destroy();
  await proxy?.stop();
});

const open = (name: string, shards?: number): Promise<KinesisLanding> =>
  KinesisLanding.open(name, { spark, client, endpoint: proxy.url }, shards);

test('a run with availableNow writes all records, and a batch whose commit is lost runs again without duplicates', async () => {
  const landing = await open('lost');
  await landing.put(300);
  await landing.reshard('split');
  await landing.put(300);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);

  await loseNewestCommit(landing.checkpoint);
  await landing.put(100);
  await landing.reshard('merge');
  await landing.put(100);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
});

test('no record is lost or duplicated by shard splits and merges, throttling, expired iterators or lost connections', async () => {
  const landing = await open('rough');
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
    .poll(() => landing.landed(), { timeout: 240_000, interval: 1000 })
    .toMatchObject({ different: landing.sent });
  for (const operation of Object.keys(proxy.faults)) delete proxy.faults[operation];
  stop.abort();
  expect((await running).state).toBe('canceled');
  expect(proxy.failed.GetShardIterator).toBeGreaterThan(0);
  // A query with availableNow continues from the checkpoint of the canceled query, which had a trigger interval.
  await landing.put(50);
  expect((await landing.run()).error).toBeUndefined();
  expect(await landing.landed()).toEqual(landing.wanted);
});

test('each run has its own source, because runs that share it could damage it', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'source-'));
  const lines = [
    'has = spark._jsparkSession.sessionState().dataSourceManager().dataSourceExists',
    'before = has("kinesis")',
    'spark.readStream.format("kinesis")',
    'dbutils.notebook.exit(f"{before}, {has(\'kinesis\')}")',
  ];
  const notebook = writeNotebook(folder, 'source.py', lines.join('\n'));
  for (const run of ['first', 'second'])
    expect(await spark.kernel.run(notebook), run).toMatchObject({ exit: 'False, True' });
  await rm(folder, { recursive: true });
});

test('a shard is read at most five times a second, however often Spark asks for records', async () => {
  const landing = await open('polite', 1);
  const stop = new AbortController();
  const running = landing.run('0 seconds', stop.signal);
  await until(
    () =>
      landing.landed().then(
        () => true,
        () => false,
      ),
    240,
  );
  const calls = () => proxy.calls.GetRecords ?? 0;
  const [before, started] = [calls(), Date.now()];
  // No records are sent, because a slow machine's batches would take more time than the limit.
  await until(() => calls() >= before + 60, 240);
  // 60 calls have 59 intervals of 200 ms between them. The tenth is for delays of the first calls on their way to the proxy.
  expect(Date.now() - started).toBeGreaterThan(0.9 * 59 * 200);
  stop.abort();
  await running;
});

test('if a stream is deleted and recreated, the query fails with one sentence that explains what to do', async () => {
  const landing = await open('recreated');
  await landing.put(10);
  expect((await landing.run()).error).toBeUndefined();
  await client.send(new DeleteStreamCommand({ StreamName: landing.name }));
  // The two streams differ only in their creation time, which has a resolution of one second.
  await sleep(1100);
  await client.send(new CreateStreamCommand({ StreamName: landing.name, ShardCount: 2 }));
  await landing.settled();
  const { error } = await landing.run();
  expect(error?.message).toMatch(
    /^StreamRecreated: Stream recreated is not the stream .* new checkpoint location,.*still has\.$/,
  );
});
