/**
 * How fast records get into Kafka: this producer, a kafkajs loop that sends one by one (what public copies do), and Kafka's
 * own performance tool, in turns on one broker. `npx tsx bench/produce.ts [rounds]`. Trust the ratios, not the figures.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import kafkajs from 'kafkajs';
import { runProgram } from '../local/install/process.ts';
import { type Installed, install } from '../local/install.ts';
import { createTopics, startBroker } from '../local/kafka/broker.ts';
import { runAsProgram } from '../src/exit.ts';
import { topicName } from '../src/names.ts';
import { emulatedPost, emulatedPosts } from '../src/posts/emulated.ts';
import type { Posts } from '../src/posts/post.ts';
import { produce } from '../src/producer/produce.ts';
import { kafkaSink } from '../src/producer/sinks/kafka.ts';
import { readSettings } from '../src/settings.ts';

const RECORD_BYTES = 580;
const MANY = 100_000;
/** One by one is two orders of magnitude slower: fewer records give the same rate. */
const FEW = 2000;
const POSTS = 20_000;

interface Contestant {
  readonly name: string;
  readonly topics: readonly string[];
  readonly records: number;
  /** Sends `records` records and returns the seconds that took. */
  send(brokers: readonly string[]): Promise<number>;
}

/** Texts as pins have them, cut to one size, so that all contestants send as much and gzip meets real text. */
const texts = Array.from({ length: 500 }, (_, n) => {
  const [pin] = emulatedPost(1, n);
  return Buffer.alloc(RECORD_BYTES, pin?.line);
});

const equalRecords: Posts = {
  datasets: ['pin'],
  read: function* () {
    for (let n = 0; n < MANY; n++)
      yield [{ dataset: 'pin', line: texts[n % texts.length] as Buffer, key: String(n), at: n }];
  },
  where: ({ at }) => `record ${at}`,
};

const contestants = (installed: Installed): readonly Contestant[] => [
  {
    name: 'this producer',
    topics: [topicName('ours', 'pin')],
    records: MANY,
    send: async (brokers) =>
      (await produce({ posts: equalRecords, sink: kafkaSink({ brokers, id: 'ours' }) })).seconds,
  },
  {
    name: 'kafkajs, one by one',
    topics: ['loop'],
    records: FEW,
    send: oneByOne,
  },
  {
    name: "Kafka's performance tool",
    topics: ['tool'],
    records: MANY,
    send: (brokers) => performanceTool(installed, brokers),
  },
  {
    name: 'this producer, gzip',
    topics: [topicName('gzip', 'pin')],
    records: MANY,
    send: async (brokers) =>
      (await produce({ posts: equalRecords, sink: kafkaSink({ brokers, id: 'gzip', compression: 'gzip' }) }))
        .seconds,
  },
  {
    name: 'this producer, making its posts',
    topics: ['pin', 'geo', 'user'].map((dataset) => topicName('posts', dataset)),
    records: 3 * POSTS,
    send: async (brokers) =>
      (
        await produce({
          posts: emulatedPosts({ seed: 1, count: POSTS }),
          sink: kafkaSink({ brokers, id: 'posts' }),
        })
      ).seconds,
  },
];

async function oneByOne(brokers: readonly string[]): Promise<number> {
  const { Kafka, logLevel } = kafkajs;
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const started = performance.now();
  for (let n = 0; n < FEW; n++)
    await producer.send({
      topic: 'loop',
      acks: -1,
      messages: [{ key: String(n), value: texts[n % texts.length] as Buffer }],
    });
  const seconds = (performance.now() - started) / 1000;
  await producer.disconnect();
  return seconds;
}

/** The tool's own figure, which leaves the start of its JVM out, as the others leave Node's out. */
async function performanceTool({ java, jars }: Installed, brokers: readonly string[]): Promise<number> {
  const { code, output } = await runProgram(path.join(java, 'bin', 'java'), [
    ...['-cp', path.join(jars.kafka, '*'), 'org.apache.kafka.tools.ProducerPerformance'],
    ...['--topic', 'tool', '--num-records', String(MANY), '--record-size', String(RECORD_BYTES)],
    ...['--throughput', '-1', '--producer-props', `bootstrap.servers=${brokers.join(',')}`, 'acks=all'],
  ]);
  const rates = [...output.matchAll(/ ([\d.]+) records\/sec/g)];
  const rate = Number(rates.at(-1)?.[1]);
  if (code !== 0 || !(rate > 0)) throw new Error(`the performance tool failed: ${output}`);
  return MANY / rate;
}

async function recordsIn(brokers: readonly string[], topics: readonly string[]): Promise<number> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  let sum = 0;
  for (const topic of topics)
    for (const { high } of await admin.fetchTopicOffsets(topic)) sum += Number(high);
  await admin.disconnect();
  return sum;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] as number;

await runAsProgram(async () => {
  const rounds = Number(process.argv[2] ?? 3);
  const installed = await install(readSettings());
  const state = await mkdtemp(path.join(os.tmpdir(), 'bench-produce-'));
  const broker = await startBroker({ installed, state });
  try {
    const all = contestants(installed);
    await createTopics(
      broker.brokers,
      all.flatMap(({ topics }) => topics),
    );
    const rates = new Map<string, number[]>(all.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round++)
      for (const { name, topics, records, send } of all) {
        const seconds = await send(broker.brokers);
        const there = await recordsIn(broker.brokers, topics);
        if (there !== round * records)
          throw new Error(
            `${name}: ${round * records} records were sent, ${there} are in ${topics.join(', ')}`,
          );
        rates.get(name)?.push(records / seconds);
      }
    const ours = median(rates.get('this producer') ?? []);
    for (const [name, measured] of rates) {
      const rate = median(measured);
      console.log(
        `${name.padEnd(32)}${Math.round(rate).toLocaleString('en').padStart(9)} records/s   this producer is ${(ours / rate).toFixed(2)} times that   (${measured.map((one) => Math.round(one)).join(', ')})`,
      );
    }
  } finally {
    await broker.stop();
    await rm(state, { recursive: true, force: true });
  }
});
