/** The producer with the Kinesis emulator: all records of a source are in the streams, in order, whatever fails. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EMULATOR_CREDENTIALS, type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { streamName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import type { PostRecord, Posts } from '../../src/posts/post.ts';
import { randomOf } from '../../src/posts/random.ts';
import { type ProduceEvent, ProduceStopped, produce } from '../../src/producer/produce.ts';
import { type KinesisOptions, kinesisSink } from '../../src/producer/sinks/kinesis.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { createStream } from '../../src/producer/sinks/kinesis-streams.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { resultOf, startCommand } from '../fixtures/command.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { FaultyKinesis } from '../fixtures/faulty-kinesis.ts';
import { type KinesisRecord, readStream } from '../fixtures/kinesis-reader.ts';
import { LimitedShards, shardOf } from '../fixtures/kinesis-shards.ts';
import { until } from '../fixtures/until.ts';
import { expectLanded, pinsFile, recordsOf, versions } from '../fixtures/versions.ts';

/** Number of shards of a new stream, in the emulator and in AWS. */
const SHARDS = 4;
/** A number of shards so great that no test reaches the limits of the shards. */
const UNLIMITED = 1000;
const KILLS = timesUnderFaults(2, 10);

let folder: string;
let emulator: Emulator;
let runs = 0;

const start = (port?: number) =>
  startEmulator({ state: path.join(folder, 'kinesis'), ...(port ? { port } : {}) });

beforeAll(async () => {
  const environment = { ...EMULATOR_CREDENTIALS, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  folder = await mkdtemp(path.join(os.tmpdir(), 'produce-kinesis-'));
  emulator = await start();
});

afterAll(async () => {
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Creates a pipeline with its three streams and resolves with its id. */
async function freshPipeline(): Promise<string> {
  const id = `run${runs++}`;
  const client = kinesisClient({ endpoint: emulator.endpoint });
  for (const { name } of datasets) await createStream(client, streamName(id, name));
  client.destroy();
  return id;
}

const sinkFor = (id: string, options: Partial<KinesisOptions> = {}) =>
  kinesisSink({ endpoint: emulator.endpoint, id, shards: UNLIMITED, ...options });

const landedIn = (id: string, dataset: string): Promise<KinesisRecord[]> =>
  readStream(emulator.endpoint, streamName(id, dataset));

const expectAllLanded = (id: string, posts: Posts, options = {}) =>
  expectLanded(posts, (dataset) => landedIn(id, dataset), options);

const fileOf = (lines: readonly (string | Buffer)[]) => pinsFile(folder, lines);

/** Starts the program of `npm run produce kinesis`. */
function command(words: string, env: Record<string, string> = {}): ChildProcess {
  return startCommand(['produce', 'kinesis', '--json', ...words.split(' ')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_KINESIS: emulator.endpoint,
      KINESIS_SHARDS: String(UNLIMITED),
      ...env,
    },
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; summary: Summary }> {
  const { code, stdout } = await resultOf(child);
  return { code, summary: JSON.parse(stdout) };
}

describe('without faults', () => {
  test('new and resent emulated posts are spread over the shards, and each post stays in one shard', async () => {
    const id = await freshPipeline();
    const posts = emulatedPosts({ seed: 7, count: 2000, resend: 0.5 });
    const summary = await produce({ posts, sink: sinkFor(id) });
    expect(totals(summary)).toMatchObject({ read: 9000, delivered: 9000, rejected: 0, pending: 0 });
    await expectAllLanded(id, posts);
    const pins = await landedIn(id, 'pin');
    const shards = new Set(pins.map(({ shard }) => shard));
    expect(shards.size).toBe(SHARDS);
    for (const one of shards)
      expect(pins.filter(({ shard }) => shard === one).length).toBeGreaterThan(3000 / SHARDS / 2);
    expect(new Set(pins.map(({ shard, key }) => `${key} in ${shard}`)).size).toBe(2000);
  });

  test('bytes that are not UTF-8, lines that are not JSON, and numbers too long for a key land unchanged', async () => {
    const id = await freshPipeline();
    const lines = [
      Buffer.from('{"index":1,"title":"caf\xe9 \xff"}', 'latin1'),
      'not JSON at all\u0000\r',
      'not JSON at all\u0000\r',
      `{"index":"${'9'.repeat(300)}"}`,
      '[{"index":"1.0"}]',
    ];
    await produce({ posts: filePosts(await fileOf(lines)), sink: sinkFor(id) });
    const landed = await landedIn(id, 'pin');
    const latin1 = (list: readonly (string | Buffer)[]) =>
      list.map((line) => Buffer.from(line).toString('latin1'));
    expect(latin1(landed.map(({ line }) => line)).sort()).toEqual(latin1(lines).sort());
    expect(latin1(landed.filter(({ key }) => key === '1').map(({ line }) => line))).toEqual(
      latin1([lines[0] ?? '', lines[4] ?? '']),
    );
    expect(new Set(landed.map(({ key }) => key)).size).toBe(4);
  });
});

describe('a record over the limit', () => {
  const MIB = 1024 * 1024;
  const pin = (size: number) => `{"index":5,"title":"${'x'.repeat(size - 22)}"}`;

  async function send(options: Partial<KinesisOptions>, large: string) {
    const id = await freshPipeline();
    const small = Array.from({ length: 1200 }, (_, n) => `{"index":${n % 100},"title":"${n}"}`);
    const posts = filePosts(await fileOf([...small.slice(0, 600), large, ...small.slice(600)]));
    const rejected: ProduceEvent[] = [];
    const summary = await produce({
      posts,
      sink: sinkFor(id, options),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(totals(summary)).toMatchObject({ read: 1201, delivered: 1200, rejected: 1, pending: 0 });
    await expectAllLanded(id, filePosts(await fileOf(small)));
    expect(rejected).toHaveLength(1);
    return rejected[0];
  }

  test('is reported with the size of record and key, and the other records are delivered in order', async () => {
    expect(await send({}, pin(MIB))).toMatchObject({
      where: 'line 601 of pin.jsonl',
      reason: `${MIB + 1} bytes with its key, over Kinesis's limit of ${MIB}`,
    });
  });

  test('is found by splitting the call if the stream has a lower limit than the sink', async () => {
    const rejected = await send({ maxRecordBytes: 2 * MIB }, pin(MIB + 100));
    expect(rejected).toMatchObject({
      where: 'line 601 of pin.jsonl',
      reason: expect.stringMatching(/^1048677 bytes, ValidationException: /),
    });
  });

  test('is delivered if it is exactly at the limit', async () => {
    const id = await freshPipeline();
    const posts = filePosts(await fileOf(Array.from({ length: 12 }, () => pin(MIB - 1))));
    await produce({ posts, sink: sinkFor(id) });
    await expectAllLanded(id, posts);
  });
});

describe('throttled records', () => {
  test('are retried alone if a random third of all records is throttled; no record is stored twice, and versions keep their order', async () => {
    const id = await freshPipeline();
    const proxy = await FaultyKinesis.start(emulator.endpoint);
    proxy.faults.PutRecords = { share: 1 / 3, error: 'ProvisionedThroughputExceededException' };
    const posts = emulatedPosts({ seed: 9, count: 1500, resend: 1 });
    const summary = await produce({ posts, sink: sinkFor(id, { endpoint: proxy.url }) });
    await proxy.stop();
    expect(totals(summary)).toMatchObject({ read: 9000, delivered: 9000 });
    expect(proxy.failed.PutRecords).toBeGreaterThan(3000);
    await expectAllLanded(id, posts);
  });

  test('are few if all shards get equally many records, because the producer respects the limits of the shards', async () => {
    const id = await freshPipeline();
    const proxy = await LimitedShards.start(emulator.endpoint, SHARDS);
    const posts = emulatedPosts({ seed: 4, count: 12_000 });
    const sink = sinkFor(id, { endpoint: proxy.url, shards: undefined });
    const pins = { ...posts, datasets: ['pin'], read: () => only(posts, 'pin') };
    const summary = await produce({ posts: pins, sink });
    await proxy.stop();
    const turnedAway = Object.values(proxy.throttled).reduce((sum, records) => sum + records, 0);
    expect(turnedAway).toBeLessThan(0.1 * 12_000);
    expect(summary.seconds).toBeGreaterThan(12_000 / (SHARDS * 1000) - 0.5);
    expect((await landedIn(id, 'pin')).length).toBe(12_000);
  });

  test('occur only in a hot shard, and all records are delivered about as fast as that shard accepts them', async () => {
    const id = await freshPipeline();
    const proxy = await LimitedShards.start(emulator.endpoint, SHARDS);
    const keys = Array.from({ length: 100_000 }, (_, n) => n);
    const hot = keys.filter((n) => shardOf(String(n), SHARDS) === 0).slice(0, 4000);
    const cool = keys.filter((n) => shardOf(String(n), SHARDS) !== 0).slice(0, 2000);
    const lines = Array.from({ length: 6000 }, (_, n) => `{"index":${(n % 3 < 2 ? hot : cool).pop()}}`);
    const posts = filePosts(await fileOf(lines));
    const summary = await produce({
      posts,
      sink: sinkFor(id, { endpoint: proxy.url, shards: undefined }),
    });
    await proxy.stop();
    expect(Object.keys(proxy.throttled)).toEqual(['0']);
    expect(totals(summary)).toMatchObject({ delivered: 6000, pending: 0 });
    expect(summary.seconds).toBeLessThan(3 * (4000 / 1000));
    await expectAllLanded(id, posts);
  });
});

function* only(posts: Posts, dataset: string) {
  for (const post of posts.read() as Iterable<readonly PostRecord[]>)
    yield post.filter((record) => record.dataset === dataset);
}

describe('if Kinesis stops answering', () => {
  test('for seconds under load, all records are delivered, with the latest version of each post last', async () => {
    const id = await freshPipeline();
    const posts = emulatedPosts({ seed: 11, count: 4000, resend: 0.5 });
    const port = Number(new URL(emulator.endpoint).port);
    let back: Promise<void> | undefined;
    const waiting: string[] = [];
    const summary = await produce({
      posts,
      sink: sinkFor(id),
      rate: 2000,
      report: (event) => {
        if (event.kind === 'waiting') waiting.push(event.reason);
        if (event.kind !== 'progress' || back || event.summary.posts < 2000) return;
        back = emulator
          .stop()
          .then(() => sleep(2000))
          .then(() => start(port))
          .then((fresh) => {
            emulator = fresh;
          });
      },
    });
    await back;
    expect(waiting[0]).toContain(`No server responds at http://127.0.0.1:${port}`);
    expect(totals(summary)).toMatchObject({ delivered: 18_000, pending: 0 });
    await expectAllLanded(id, posts, { repeats: true });
  });

  test('permanently, the run stops, counts pending records and gives the reason in one sentence', async () => {
    const id = await freshPipeline();
    const proxy = await FaultyKinesis.start(emulator.endpoint);
    const stopped = await produce({
      posts: emulatedPosts({ seed: 5 }),
      rate: 2000,
      sink: sinkFor(id, { endpoint: proxy.url }),
      deliveryTimeoutMs: 1000,
      report: (event) => {
        if (event.kind === 'progress' && totals(event.summary).delivered > 0) proxy.down = true;
      },
    }).catch((error: unknown) => error);
    await proxy.stop();
    if (!(stopped instanceof ProduceStopped)) throw new Error(`expected the run to stop, got ${stopped}`);
    expect(stopped.message).toMatch(
      /^Records for streaming-run\d+-\w+ were not delivered: No server responds at http/,
    );
    const all = totals(stopped.summary);
    expect(all.pending).toBeGreaterThan(0);
    expect(all.read).toBe(all.delivered + all.rejected + all.pending);
    let landed = 0;
    for (const { name } of datasets) landed += (await landedIn(id, name)).length;
    expect(landed).toBe(all.delivered);
  });
});

describe('an interrupted producer', () => {
  test(`that is killed ${KILLS} times and run again delivers every record, the latest version last`, async () => {
    const id = await freshPipeline();
    const random = randomOf(1);
    const words = '--seed 3 --count 1500 --resend 0.4';
    for (let cut = 0; cut < KILLS; ) {
      const child = command(`${words} --rate 500`, { PIPELINE_ID: id });
      const ending = once(child, 'exit') as Promise<[number | null]>;
      const enough = (await landedIn(id, 'pin')).length + random() * 1000;
      await until(async () => child.exitCode !== null || (await landedIn(id, 'pin')).length > enough);
      child.kill('SIGKILL');
      const [code] = await ending;
      // On a slow machine, the producer may end before the test kills it.
      if (code === null) cut++;
      else expect(code).toBe(0);
    }
    expect((await ended(command(words, { PIPELINE_ID: id }))).code).toBe(0);
    const posts = emulatedPosts({ seed: 3, count: 1500, resend: 0.4 });
    for (const dataset of posts.datasets) {
      const landed = versions(await landedIn(id, dataset));
      for (const [key, sent] of versions(await recordsOf(posts, dataset)))
        expect(landed.get(key)?.slice(-sent.length)).toEqual(sent);
    }
  });

  test('ends within seconds if all records are throttled, and counts the pending records', async () => {
    const id = await freshPipeline();
    const proxy = await FaultyKinesis.start(emulator.endpoint);
    proxy.faults.PutRecords = { share: 1, error: 'ProvisionedThroughputExceededException' };
    const child = command('--count 100', { PIPELINE_ID: id, AWS_ENDPOINT_URL_KINESIS: proxy.url });
    const run = ended(child);
    await until(() => (proxy.failed.PutRecords ?? 0) >= 300);
    // Without an interruption, records are retried for 120 s, longer than the timeout of this test.
    child.kill('SIGINT');
    const { code, summary } = await run;
    await proxy.stop();
    expect(code).toBe(130);
    expect(totals(summary)).toMatchObject({ read: 300, delivered: 0, pending: 300 });
  }, 60_000);
});

test('a missing stream, an unreachable server, missing credentials and a missing region are each reported in one sentence', async () => {
  const posts = emulatedPosts({ seed: 1, count: 1 });
  const sentence = (options: Partial<KinesisOptions>) =>
    produce({ posts, sink: sinkFor('nobody', options) }).catch(({ message }: Error) => message);
  expect(await sentence({})).toMatch(
    /^There is no stream streaming-nobody-pin at http:\/\/127\.0\.0\.1:\d+: create it with "npm run streams create"/,
  );
  expect(await sentence({ endpoint: 'http://127.0.0.1:1' })).toMatch(
    /^No server responds at http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\): .*AWS_ENDPOINT_URL_KINESIS/,
  );
  // Neither this machine's profile nor its instance metadata is read.
  const elsewhere = path.join(folder, 'no such file');
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, elsewhere);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
  expect(await sentence({})).toMatch(/^There are no usable AWS credentials \(.*\): .*AWS_PROFILE/);
  vi.stubEnv('AWS_REGION', undefined);
  expect(await sentence({})).toMatch(/^No AWS region is configured: set AWS_REGION/);
  for (const [name, value] of Object.entries(EMULATOR_CREDENTIALS)) vi.stubEnv(name, value);
});
