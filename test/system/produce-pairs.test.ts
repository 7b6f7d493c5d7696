/**
 * Sends the records of every source, and to every sink, with the command that users run, and reads them from the sinks.
 * Some tests kill the command, which then resumes from its checkpoint.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { type Broker, createTopics, startBroker } from '../../local/kafka/broker.ts';
import { startRestProxy } from '../../local/kafka/rest-proxy.ts';
import { EMULATOR_CREDENTIALS, startEmulator } from '../../local/kinesis/emulator.ts';
import { type Gateway, startGateway } from '../../local/kinesis/gateway.ts';
import type { ServerProcess } from '../../local/server-process.ts';
import { streamName, topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import type { Post } from '../../src/posts/post.ts';
import { randomOf } from '../../src/posts/random.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { createStream } from '../../src/producer/sinks/kinesis-streams.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { readSettings } from '../../src/settings.ts';
import { resultOf, startCommand } from '../fixtures/command.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { readStream } from '../fixtures/kinesis-reader.ts';
import { type Mariadb, startMariadb, unpackMariadb } from '../fixtures/mariadb.ts';
import { addressOf, fillTables } from '../fixtures/pinterest-tables.ts';
import { readTopic } from '../fixtures/produce-topics.ts';
import { until } from '../fixtures/until.ts';
import { versions } from '../fixtures/versions.ts';

const COUNT = 300;
const SEED = 7;
const made = [...(emulatedPosts({ seed: SEED, count: COUNT }).read() as Iterable<Post>)];
const names = datasets.map(({ name }) => name);

const unpacked = await unpackMariadb(readSettings().cache);
if ('missing' in unpacked) console.warn(`Skipped: produce from MySQL. ${unpacked.missing}`);

let folder: string;
let broker: Broker;
let proxy: ServerProcess;
let kinesis: ServerProcess;
let gateway: Gateway;
let mysql: Mariadb | undefined;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'produce-pairs-'));
  Object.assign(process.env, EMULATOR_CREDENTIALS);
  kinesis = await startEmulator();
  broker = await startBroker({
    installed: await install(readSettings()),
    state: path.join(folder, 'kafka'),
  });
  proxy = await startRestProxy({ brokers: broker.brokers });
  // Both HTTP sinks send to the gateway, which is in front of Kinesis and of the REST proxy.
  gateway = await startGateway({ id: 'demo', kinesis: kinesis.endpoint, rest: proxy.endpoint });
  for (const kind of ['plain', 'gz']) await mkdir(path.join(folder, kind));
  for (const name of names) {
    const lines = Buffer.concat(linesOf(name).flatMap((line) => [line, Buffer.from('\n')]));
    await writeFile(path.join(folder, 'plain', `${name}.jsonl`), lines);
    await writeFile(path.join(folder, 'gz', `${name}.jsonl.gz`), gzipSync(lines));
  }
  if ('root' in unpacked) {
    mysql = await startMariadb({ root: unpacked.root, state: path.join(folder, 'mysql') });
    await fillTables(mysql, 'pinterest', made);
  }
});

afterAll(async () => {
  await mysql?.stop();
  await gateway?.stop();
  await proxy?.stop();
  await broker?.stop();
  await kinesis?.stop();
  await rm(folder, { recursive: true, force: true });
});

const linesOf = (dataset: string): Buffer[] =>
  made.flatMap((post) => post.filter((record) => record.dataset === dataset).map(({ line }) => line));

/** Creates a pipeline with its topics and streams and resolves with its id. */
async function freshPipeline(): Promise<string> {
  const id = `pairs${runs++}`;
  await createTopics(
    broker.brokers,
    names.map((name) => topicName(id, name)),
  );
  const client = kinesisClient({ endpoint: kinesis.endpoint }, 1);
  for (const name of names) await createStream(client, streamName(id, name));
  client.destroy();
  return id;
}

/** Starts the program of `npm run produce …`. */
function produce(id: string, words: string, stdin?: string): ChildProcess {
  const child = startCommand(['produce', ...words.split(' '), '--json'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PIPELINE_ID: id,
      KAFKA_BROKERS: broker.brokers.join(','),
      REST_URL: gateway.invokeUrl,
      REST_AUTH: 'iam',
      GATEWAY_URL: gateway.invokeUrl,
      AWS_ENDPOINT_URL_KINESIS: kinesis.endpoint,
      // Enough shards that no test reaches their limits.
      KINESIS_SHARDS: '1000',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      MYSQL_PWD: mysql?.password,
    },
  });
  if (child.stdin && stdin) createReadStream(stdin).pipe(child.stdin);
  return child;
}

async function ended(child: ChildProcess): Promise<Summary> {
  const { code, stdout } = await resultOf(child);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

const mysqlAddress = () => addressOf(mysql as Mariadb, 'pinterest').replace(/:[^:@]*@/, '@');

const sources: Record<string, () => string> = {
  emulated: () => `--seed ${SEED} --count ${COUNT}`,
  files: () => `--from ${path.join(folder, 'plain')}`,
  'gzipped files': () => `--from ${path.join(folder, 'gz')}`,
  ...('root' in unpacked ? { mysql: () => `--from ${mysqlAddress()}` } : {}),
};

/** All sources give sinks the same `Posts`, so only one pair of sinks gets all of them. */
const places = [
  {
    to: 'kafka kinesis',
    from: Object.keys(sources),
    byStdin: names,
    landed: (id: string) => ({
      kafka: (name: string) => readTopic(broker.brokers, topicName(id, name)),
      kinesis: (name: string) => readStream(kinesis.endpoint, streamName(id, name)),
    }),
  },
  {
    to: 'rest gateway',
    from: ['files'],
    byStdin: names.slice(0, 1),
    landed: (id: string) => ({
      rest: (name: string) => readTopic(broker.brokers, topicName(id, name)),
      gateway: (name: string) => readStream(kinesis.endpoint, streamName(id, name)),
    }),
  },
];

describe.each(places)('sent to $to', ({ to, from, byStdin, landed }) => {
  async function expectAll(id: string, sent: readonly string[] = names): Promise<void> {
    for (const [place, read] of Object.entries(landed(id)))
      for (const name of sent) {
        const wanted = made.flatMap((post) => post.filter(({ dataset }) => dataset === name));
        expect(versions(await read(name)), `${name} by ${place}`).toEqual(versions(wanted));
      }
  }

  test.each(from)('every record from %s arrives', async (source) => {
    const id = await freshPipeline();
    const summary = await ended(produce(id, `${to} ${sources[source]?.()}`));
    const sent = 3 * COUNT * to.split(' ').length;
    expect(totals(summary)).toMatchObject({ read: sent, delivered: sent, malformed: 0 });
    await expectAll(id);
  });

  test('every record from the standard input arrives, with one command per dataset', async () => {
    const id = await freshPipeline();
    await Promise.all(
      byStdin.map((name) =>
        ended(produce(id, `${to} --from - --dataset ${name}`, path.join(folder, 'plain', `${name}.jsonl`))),
      ),
    );
    await expectAll(id, byStdin);
  });
});

test('without arguments, a few posts a second go to both pipelines until Ctrl-C', async () => {
  const id = await freshPipeline();
  const child = produce(id, '--log json');
  const summary = ended(child);
  await until(async () => (await readTopic(broker.brokers, topicName(id, 'user'))).length >= 4);
  child.kill('SIGINT');
  const { posts, seconds, topics } = await summary;
  expect(Object.keys(topics)).toHaveLength(2 * names.length);
  expect(posts / seconds).toBeLessThan(4);
  for (const counts of Object.values(topics)) expect(counts).toMatchObject({ read: posts, delivered: posts });
});

describe('a producer that is killed and resumed', () => {
  const KILLS = timesUnderFaults(2, 10);
  /**
   * Posts a second of a run that is killed: so few that the test surely kills it before its end. A checkpoint is written
   * each second.
   */
  const RATE = 300 / KILLS;
  /** Every post is sent again later, and half of the posts are then changed, so that the test detects a wrong order. */
  const many = emulatedPosts({ seed: 3, count: 1500, resend: 1 });
  const posts = [...(many.read() as Iterable<Post>)];
  const folderOf = () => path.join(folder, 'many');

  beforeAll(async () => {
    await mkdir(folderOf());
    for (const name of names) {
      const records = posts.flatMap((post) => post.filter(({ dataset }) => dataset === name));
      await writeFile(
        path.join(folderOf(), `${name}.jsonl`),
        records.map(({ line }) => `${line}\n`).join(''),
      );
    }
  });

  const killed: Record<string, () => string> = {
    files: () => `--from ${folderOf()}`,
    ...(process.env.FAULTS === 'full' ? { emulated: () => '--seed 3 --count 1500 --resend 1' } : {}),
  };

  test.each(Object.keys(killed))(
    `delivers each post from %s with its latest version last, after ${KILLS} kills`,
    async (source) => {
      const id = await freshPipeline();
      const checkpoint = path.join(folder, `${id}.json`);
      const words = `kafka kinesis ${killed[source]?.()} --checkpoint ${checkpoint} --resume`;
      const random = randomOf(5);
      let kills = 0;
      let reached = 0;
      for (; kills < KILLS; kills++) {
        const child = produce(id, `${words} --rate ${RATE}`);
        const exit = once(child, 'exit') as Promise<[number | null]>;
        const enough = reached + 1 + (random() * posts.length) / KILLS / 4;
        await until(async () => child.exitCode !== null || (await position(checkpoint)) >= enough);
        child.kill('SIGKILL');
        expect((await exit)[0]).toBeNull();
        reached = await position(checkpoint);
      }
      const last = await ended(produce(id, words));
      expect(last.posts).toBe(posts.length - reached);
      expect(await position(checkpoint)).toBe(posts.length);
      for (const name of names) {
        const wanted = versions(posts.flatMap((post) => post.filter(({ dataset }) => dataset === name)));
        for (const landed of [
          await readTopic(broker.brokers, topicName(id, name)),
          await readStream(kinesis.endpoint, streamName(id, name)),
        ]) {
          // Records sent between the last checkpoint and a kill arrive twice.
          expect(landed.length).toBeGreaterThanOrEqual(posts.length);
          const there = versions(landed);
          expect(new Set(there.keys())).toEqual(new Set(wanted.keys()));
          for (const [key, sent] of wanted) {
            expect(new Set(there.get(key))).toEqual(new Set(sent));
            expect(there.get(key)?.at(-1)).toBe(sent.at(-1));
          }
        }
      }
    },
  );

  const position = async (file: string): Promise<number> => {
    const content = await readFile(file, 'utf8').catch(() => '{}');
    return JSON.parse(content).position ?? 0;
  };
});
