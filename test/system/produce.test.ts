/** The producer with a real broker: all records of a source are in the topics, once and in order, whatever fails. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { type Broker, createTopics, startBroker } from '../../local/kafka/broker.ts';
import { topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import type { Posts } from '../../src/posts/post.ts';
import { type ProduceEvent, ProduceStopped, produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { readSettings } from '../../src/settings.ts';
import { isProcessAlive } from '../../src/wait.ts';
import { deleteTopic, readTopic, setMaxMessageBytes } from '../fixtures/produce-topics.ts';
import { until } from '../fixtures/until.ts';
import { expectLanded, pinsFile } from '../fixtures/versions.ts';

const KILLS = process.env.FAULTS === 'full' ? 10 : 2;

let folder: string;
let broker: Broker;
let runs = 0;

async function start(port?: number): Promise<Broker> {
  const installed = await install(readSettings());
  return startBroker({ installed, state: path.join(folder, 'kafka'), ...(port ? { port } : {}) });
}

const port = () => Number(broker.brokers[0]?.split(':')[1]);

/** Kills the broker and resolves when its process has ended. */
async function crash(): Promise<void> {
  process.kill(broker.pid, 'SIGKILL');
  await until(() => !isProcessAlive(broker.pid));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'produce-'));
  broker = await start();
});

afterAll(async () => {
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Creates a pipeline with its three topics and resolves with its id. */
async function freshPipeline(): Promise<string> {
  const id = `run${runs++}`;
  const topics = datasets.map(({ name }) => topicName(id, name));
  await createTopics(broker.brokers, topics);
  return id;
}

const sinkFor = (id: string) => kafkaSink({ brokers: broker.brokers, id });

const expectAllLanded = (id: string, posts: Posts) =>
  expectLanded(posts, (dataset) => readTopic(broker.brokers, topicName(id, dataset)));

const fileOf = (lines: readonly (string | Buffer)[]) => pinsFile(folder, lines);

describe('without faults', () => {
  test('new and resent emulated posts land once and in order', async () => {
    const id = await freshPipeline();
    const posts = emulatedPosts({ seed: 7, count: 3000, resend: 0.5 });
    const summary = await produce({ posts, sink: sinkFor(id) });
    expect(totals(summary)).toMatchObject({ read: 13_500, delivered: 13_500, rejected: 0, pending: 0 });
    await expectAllLanded(id, posts);
    const pins = await readTopic(broker.brokers, topicName(id, 'pin'));
    expect(new Set(pins.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
    expect(new Set(pins.map(({ partition, key }) => `${key} in ${partition}`)).size).toBe(3000);
  });

  test('bytes that are not UTF-8 and lines that are not JSON land unchanged', async () => {
    const id = await freshPipeline();
    const binary = Buffer.from('{"index":1,"title":"caf\xe9 \xff"}', 'latin1');
    const posts = filePosts(await fileOf([binary, '', 'not JSON at all\u0000\r', '[{"index":"1.0"}]']));
    await produce({ posts, sink: sinkFor(id) });
    await expectAllLanded(id, posts);
    const landed = await readTopic(broker.brokers, topicName(id, 'pin'));
    expect(landed.filter(({ key }) => key === '1').map(({ line }) => line.length)).toEqual([
      binary.length,
      17,
    ]);
  });

  test('posts land unchanged with gzip compression', async () => {
    const id = await freshPipeline();
    const posts = emulatedPosts({ seed: 3, count: 500 });
    await produce({ posts, sink: kafkaSink({ brokers: broker.brokers, id, compression: 'gzip' }) });
    await expectAllLanded(id, posts);
  });
});

test('records for a partition that their topic no longer has end the run and do not count as delivered', async () => {
  const topic = topicName('fewer', 'pin');
  await createTopics(broker.brokers, [topic], 2);
  const sink = sinkFor('fewer');
  await sink.open(['pin']);
  const inLane = (lane: number) =>
    ['1', '2', '3', '4', '5', '6', '7', '8']
      .filter((key) => sink.lane(topic, key) === lane)
      .map((key) => ({ key, value: Buffer.from(key) }));
  await sink.send(topic, 1, inLane(1));
  await deleteTopic(broker.brokers, topic);
  await createTopics(broker.brokers, [topic], 1);
  // The first request of the other lane makes kafkajs read the new partitions.
  await until(async () =>
    (await sink.send(topic, 0, inLane(0))).every(({ status }) => status === 'delivered'),
  );
  await expect(sink.send(topic, 1, inLane(1))).rejects.toThrow(
    'The topic fewer.pin no longer has partition 1, because it was created again with fewer partitions: run the command again.',
  );
  await sink.close();
});

describe('a record over the limit of its topic', () => {
  test('is named with its size and the limit; the other records are delivered in order', async () => {
    const id = await freshPipeline();
    const pins = topicName(id, 'pin');
    await setMaxMessageBytes(broker.brokers, pins, 20_000);
    const small = Array.from({ length: 2000 }, (_, n) => `{"index":${n % 100},"title":"${n}"}`);
    const large = `{"index":5,"title":"${'x'.repeat(30_000)}"}`;
    const posts = filePosts(await fileOf([...small.slice(0, 1000), large, ...small.slice(1000)]));
    const rejected: ProduceEvent[] = [];
    const summary = await produce({
      posts,
      sink: sinkFor(id),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(summary.topics[pins]).toMatchObject({ read: 2001, delivered: 2000, rejected: 1, pending: 0 });
    expect(rejected).toEqual([
      {
        kind: 'rejected',
        target: pins,
        where: 'line 1001 of pin.jsonl',
        reason: `${large.length} bytes, over the topic's max.message.bytes of 20000`,
      },
    ]);
    await expectAllLanded(id, filePosts(await fileOf(small)));
  });

  test('is found even if the limit is lowered during the run: its batch is split, and the broker does not discard later batches as duplicates', async () => {
    const id = await freshPipeline();
    const pins = topicName(id, 'pin');
    const sink = sinkFor(id);
    await sink.open(['pin']);
    const lane = sink.lane(pins, '1');
    const batch = (name: string, count: number, bytes: number) =>
      Array.from({ length: count }, (_, n) => ({
        key: '1',
        value: Buffer.from(`${name}${n}`.padEnd(bytes)),
      }));
    const [before, small, large, after] = [
      batch('before', 200, 100),
      batch('small', 200, 100),
      batch('large', 1, 6000),
      batch('after', 200, 20),
    ];
    await sink.send(pins, lane, before);
    await setMaxMessageBytes(broker.brokers, pins, 5000);
    const outcomes = await sink.send(pins, lane, [...small, ...large, ...small]);
    await sink.send(pins, lane, after);
    await sink.close();
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...small.map(() => 'delivered'),
      'rejected',
      ...small.map(() => 'delivered'),
    ]);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: expect.stringMatching(/^6000 bytes, MESSAGE_TOO_LARGE: /),
    });
    const landed = await readTopic(broker.brokers, pins);
    const lines = [...before, ...small, ...small, ...after].map(({ value }) => value);
    expect(landed.map(({ line }) => line.toString())).toEqual(lines.map((line) => line.toString()));
  });
});

describe('a broker that is killed', () => {
  test(`${KILLS} times while records are sent gets every record once, versions in order`, async () => {
    const id = await freshPipeline();
    const newPosts = 4000 * (KILLS + 1);
    const posts = emulatedPosts({ seed: 11, count: newPosts, resend: 0.2 });
    const same = port();
    let kills = 0;
    let restarted: Promise<void> | undefined;
    const waiting: string[] = [];
    await produce({
      posts,
      sink: sinkFor(id),
      rate: 4000,
      report: (event) => {
        if (event.kind === 'waiting') waiting.push(event.reason);
        if (event.kind !== 'progress' || restarted || kills === KILLS) return;
        if (event.summary.posts < ((kills + 0.5) * newPosts) / KILLS) return;
        kills++;
        restarted = crash()
          .then(() => start(same))
          .then((fresh) => {
            broker = fresh;
            restarted = undefined;
          });
      },
    });
    await restarted;
    expect(kills).toBe(KILLS);
    expect(waiting.length).toBeGreaterThan(0);
    await expectAllLanded(id, posts);
  });

  test('and not restarted stops the run, which counts pending records and gives the reason in one sentence', async () => {
    const id = await freshPipeline();
    const same = port();
    let crashed: Promise<void> | undefined;
    const run = produce({
      posts: emulatedPosts({ seed: 5 }),
      rate: 2000,
      sink: sinkFor(id),
      deliveryTimeoutMs: 1000,
      report: (event) => {
        if (event.kind === 'progress' && totals(event.summary).delivered > 0) crashed ??= crash();
      },
    });
    const stopped = await run.catch((error: unknown) => error);
    await crashed;
    broker = await start(same);
    if (!(stopped instanceof ProduceStopped)) throw new Error(`expected the run to stop, got ${stopped}`);
    expect(stopped.message).toContain(`No Kafka broker responds at 127.0.0.1:${same}`);
    const all = totals(stopped.summary);
    expect(all.pending).toBeGreaterThan(0);
    expect(all.read).toBe(all.delivered + all.rejected + all.pending);
  });
});

test('a missing topic or broker is reported in one sentence', async () => {
  const posts = emulatedPosts({ seed: 1, count: 1 });
  await expect(produce({ posts, sink: sinkFor('nobody') })).rejects.toThrow(
    /^There is no topic nobody\.pin on 127\.0\.0\.1:\d+: create it/,
  );
  const nowhere = kafkaSink({ brokers: ['127.0.0.1:1'], id: 'nobody' });
  await expect(produce({ posts, sink: nowhere })).rejects.toThrow(
    /^No Kafka broker responds at 127\.0\.0\.1:1 \(ECONNREFUSED\): .*KAFKA_BROKERS/,
  );
});
