/** The S3 sink with a real broker: the objects contain the topic's records, each once and in order, whatever fails. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import kafkajs, { type Kafka, type Message, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { type Broker, createTopics, startBroker } from '../../local/kafka/broker.ts';
import { type Sink, startSink } from '../../local/kafka/sink.ts';
import { connectorProperties } from '../../src/connector.ts';
import { readSettings } from '../../src/settings.ts';
import { deleteTopic } from '../fixtures/produce-topics.ts';

const KILLS = process.env.FAULTS === 'full' ? 10 : 2;
const SEED = Number(process.env.SEED ?? 1);
const PARTITIONS = 2;

/** A small number of records per object, so that there are many objects. The time limit closes no object. */
const OPTIONS = { region: 'eu-west-1', flushSize: 7, rotateMs: 86_400_000 };

let folder: string;
let broker: Broker;
let kafka: Kafka;
let producer: Producer;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'sink-'));
  const installed = await install(readSettings());
  broker = await startBroker({ installed, state: path.join(folder, 'kafka') });
  kafka = new kafkajs.Kafka({ brokers: [...broker.brokers], logLevel: kafkajs.logLevel.NOTHING });
  producer = kafka.producer();
  await producer.connect();
});

afterAll(async () => {
  await producer.disconnect();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
});

const bucket = (id: string) => path.join(folder, 's3', id);

function start(id: string, changed: Record<string, string> = {}): Promise<Sink> {
  const storeUrl = pathToFileURL(path.join(folder, 's3')).href;
  const properties = connectorProperties({ ...OPTIONS, id, bucket: id, storeUrl });
  return startSink({ properties: { ...properties, ...changed }, brokers: broker.brokers });
}

interface Landed {
  readonly name: string;
  readonly bytes: Buffer;
  readonly mtimeMs: number;
}

/** Returns a partition's objects, sorted by name. */
async function objects(id: string, topic: string, partition: number): Promise<Landed[]> {
  const where = path.join(bucket(id), 'topics', topic, `partition=${partition}`);
  const names = (await readdir(where).catch(() => [])).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(where, name);
      return { name, bytes: await readFile(file), mtimeMs: (await stat(file)).mtimeMs };
    }),
  );
}

const lines = (values: readonly (Buffer | null)[]) =>
  Buffer.concat(values.flatMap((value) => (value === null ? [] : [value, Buffer.from('\n')])));

/** Returns a seeded generator of whole numbers below a bound. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Returns a record's value: usually JSON, sometimes null, empty, or bytes that are not UTF-8 and contain line feeds. */
function anyValue(random: (below: number) => number, number: number): Buffer | null {
  const kind = random(10);
  if (kind === 0) return null;
  if (kind === 1) return Buffer.alloc(0);
  if (kind === 2) return Buffer.from([0xff, 0, 10, 13, random(256), 10]);
  return Buffer.from(`{"index":${number},"description":"${'é'.repeat(random(300))}"}`);
}

describe('objects', () => {
  test('contain flush.size records each, unchanged and with a line feed, and are named after their first offset', async () => {
    await createTopics(broker.brokers, ['plain.pin'], 1);
    const values = [...Array(16).keys()].map((n) =>
      n === 0 || n === 9 ? null : Buffer.from(`{"index":${n}}`),
    );
    await producer.send({ topic: 'plain.pin', messages: values.map((value) => ({ value })) });
    const sink = await start('plain');
    const landed = await sink.drain();
    await sink.stop();
    const found = await objects('plain', 'plain.pin', 0);
    expect(found.map(({ name }) => name)).toEqual([
      'plain.pin+0+0000000001.json',
      'plain.pin+0+0000000008.json',
    ]);
    expect(found[0]?.bytes.toString()).toBe(lines(values.slice(0, 8)).toString());
    expect(Buffer.concat(found.map(({ bytes }) => bytes))).toEqual(lines(values));
    expect(landed).toBe(14);
  });

  test('are closed after a time limit even if they are not full and include topics created later', async () => {
    await createTopics(broker.brokers, ['timed.pin'], 1);
    const sink = await start('timed', {
      'rotate.schedule.interval.ms': '300',
    });
    await createTopics(broker.brokers, ['timed.geo', 'timed-other.geo'], 1);
    await producer.send({ topic: 'timed.geo', messages: [{ value: 'one' }] });
    await producer.send({ topic: 'timed-other.geo', messages: [{ value: 'not ours' }] });
    let found: Landed[] = [];
    for (; found.length === 0; found = await objects('timed', 'timed.geo', 0)) await sleep(100);
    await sink.stop();
    expect(found.map(({ name }) => name)).toEqual(['timed.geo+0+0000000000.json']);
    expect(String(found[0]?.bytes)).toBe('one\n');
    expect(await readdir(path.join(bucket('timed'), 'topics'))).toEqual(['timed.geo']);
  });
});

test.each([
  ['with no other topic', 'deleted', false],
  ['with a new topic, so that it is not left out silently', 'swapped', true],
])('the deletion of a topic is reported, %s', async (_, id, isReplaced) => {
  await createTopics(broker.brokers, [`${id}.pin`], 1);
  const sink = await start(id);
  await deleteTopic(broker.brokers, `${id}.pin`);
  if (isReplaced) {
    await createTopics(broker.brokers, [`${id}.geo`], 1);
    await producer.send({ topic: `${id}.geo`, messages: [{ value: 'one' }] });
  }
  await expect(sink.drain()).rejects.toThrow(
    'A topic that the sink reads was deleted: start the sink again.',
  );
  await sink.stop().catch(() => {});
});

describe(`exactly once, seed ${SEED}`, () => {
  /** Sends to all partitions until `stopped` returns true. Resolves with each partition's sent values, in order. */
  async function produceUntil(topic: string, random: (below: number) => number, stopped: () => boolean) {
    const sent = Array.from({ length: PARTITIONS }, () => [] as (Buffer | null)[]);
    for (let number = 0; !stopped(); ) {
      const messages: Message[] = [];
      for (let n = random(40); n >= 0; n--, number++) {
        const partition = random(PARTITIONS);
        const value = anyValue(random, number);
        sent[partition]?.push(value);
        messages.push({ partition, value });
      }
      await producer.send({ topic, messages });
      await sleep(random(20));
    }
    return sent;
  }

  async function expectExactly(id: string, topic: string, sent: (Buffer | null)[][]) {
    for (const [partition, values] of sent.entries()) {
      const found = await objects(id, topic, partition);
      expect(found.length).toBeGreaterThan(3);
      expect(Buffer.concat(found.map(({ bytes }) => bytes)).equals(lines(values))).toBe(true);
      const times = found.map(({ mtimeMs }) => mtimeMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
  }

  test(`every record is in one object after ${KILLS} kills of the sink while records arrive`, async () => {
    const random = numbers(SEED);
    await createTopics(broker.brokers, ['killed.pin'], PARTITIONS);
    let over = false;
    const sending = produceUntil('killed.pin', numbers(SEED + 1), () => over);
    const objectCount = async () => {
      const [first, second] = await Promise.all([0, 1].map((one) => objects('killed', 'killed.pin', one)));
      return (first?.length ?? 0) + (second?.length ?? 0);
    };
    for (let kill = 0; kill < KILLS; kill++) {
      const sink = await start('killed');
      const before = await objectCount();
      for (let i = 0; i < 100 && (await objectCount()) === before; i++) await sleep(20);
      await sleep(random(700));
      process.kill(sink.pid, 'SIGKILL');
    }
    over = true;
    const sent = await sending;
    const sink = await start('killed');
    await sink.drain();
    await sink.stop();
    await expectExactly('killed', 'killed.pin', sent);
    expect(await readdir(path.join(bucket('killed'), '.sink'))).toEqual([]);
  });

  test('every record is in one object with two sinks on one bucket', async () => {
    await createTopics(broker.brokers, ['twice.pin'], PARTITIONS);
    let over = false;
    const sending = produceUntil('twice.pin', numbers(SEED + 2), () => over);
    const sinks = await Promise.all([start('twice'), start('twice')]);
    const haveAllLanded = async () =>
      (await Promise.all(sinks.map((sink) => sink.drain()))).every((landed) => landed > 0);
    await expect.poll(haveAllLanded, { timeout: 60_000, interval: 20 }).toBe(true);
    over = true;
    const sent = await sending;
    await Promise.all(sinks.map((sink) => sink.drain()));
    await Promise.all(sinks.map((sink) => sink.stop()));
    await expectExactly('twice', 'twice.pin', sent);
  });
});

describe('errors of one sentence', () => {
  test('an unknown option or an unsupported value is named', async () => {
    await expect(start('wrong', { 'errors.tolerance': 'all' })).rejects.toThrow(
      "This emulator of the S3 sink doesn't support the option errors.tolerance; remove it, or use the real connector.",
    );
    await expect(start('wrong', { 's3.compression.type': 'gzip' })).rejects.toThrow(
      `The connector's option s3.compression.type can't be "gzip" here: expected none.`,
    );
    await expect(start('wrong', { 'flush.size': '10001' })).rejects.toThrow(
      `The connector's option flush.size can't be "10001" here: expected a whole number from 1 to 10000.`,
    );
  });

  test("a folder for the sink's drafts that can't be read is named", async () => {
    await mkdir(bucket('wrong'), { recursive: true });
    await writeFile(path.join(bucket('wrong'), '.sink'), '');
    await expect(start('wrong')).rejects.toThrow(/wrong\/\.sink lies below a file, not a folder/);
  });

  test('a broker that does not answer is named', async () => {
    const properties = {
      ...connectorProperties({ ...OPTIONS, id: 'wrong', bucket: 'wrong' }),
      'store.url': 'file:///tmp',
    };
    await expect(startSink({ properties, brokers: ['127.0.0.1:1'] })).rejects.toThrow(
      /^No Kafka broker responds at 127\.0\.0\.1:1; start one/,
    );
  });

  test.each([
    ['other records', ['first', 'third'], 'another record at 1'],
    ['fewer records', ['first'], 'nothing after offset 0'],
  ])('a topic that was recreated with %s is named', async (_, values, met) => {
    const id = `anew${values.length}`;
    await createTopics(broker.brokers, [`${id}.pin`], 1);
    await producer.send({ topic: `${id}.pin`, messages: [{ value: 'first' }, { value: 'second' }] });
    const first = await start(id);
    await first.drain();
    await first.stop();
    await deleteTopic(broker.brokers, `${id}.pin`);
    await createTopics(broker.brokers, [`${id}.pin`], 1);
    await producer.send({ topic: `${id}.pin`, messages: values.map((value) => ({ value })) });
    const second = await start(id);
    await expect(second.drain()).rejects.toThrow(
      new RegExp(`${id}\\.pin\\+0\\+0000000000\\.json does not come from topic ${id}\\.pin, .*${met}`),
    );
  });
});
