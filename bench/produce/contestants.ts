/** The contestants of `bench/produce.ts`. Each sends texts of one size into Kafka as fast as it can, with acks=all. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Installed } from '../../local/install/install.ts';
import { runProgram } from '../../local/install/process.ts';
import { topicName } from '../../src/names.ts';
import { TEXT_BYTES } from './texts.ts';

const MANY = 200_000;
/**
 * Number of records that the loop sends. It is smaller, because the loop is a hundred times slower. More records would
 * not change the rate.
 */
const FEW = 2000;
const POSTS = 20_000;
const PLAIN_BATCH = 500;

const CONFLUENT = 'confluent-kafka==2.16.1';

export interface Contestant {
  readonly name: string;
  readonly topics: readonly string[];
  readonly records: number;
  /** Sends `records` records and resolves with the seconds that this took. */
  send(brokers: readonly string[]): Promise<number>;
}

const beside = (file: string) => path.join(import.meta.dirname, file);

/** Returns the contestants. `file` has one record's text per line; `confluent` is the folder with librdkafka's Python client. */
export const contestants = (installed: Installed, file: string, confluent: string): readonly Contestant[] => [
  ours('this producer', 'ours', 'none', ['pin'], MANY, [file]),
  {
    name: "Kafka's performance tool",
    topics: ['tool'],
    records: MANY,
    send: (brokers) => performanceTool(installed, brokers, 'tool', []),
  },
  {
    name: 'the same, batches of 1 MB',
    topics: ['tool-large'],
    records: MANY,
    send: (brokers) =>
      performanceTool(installed, brokers, 'tool-large', ['batch.size=1000000', 'linger.ms=5']),
  },
  {
    name: 'confluent-kafka, Python',
    topics: ['confluent'],
    records: MANY,
    send: (brokers) => {
      const args = [beside('confluent.py'), brokers.join(','), 'confluent', String(MANY), file];
      return timed(installed.python, args, { PYTHONPATH: confluent });
    },
  },
  plain(`kafkajs, ${PLAIN_BATCH} at a time`, 'plain', MANY, PLAIN_BATCH, file),
  plain('kafkajs, one by one', 'loop', FEW, 1, file),
  ours('this producer, gzip', 'gzip', 'gzip', ['pin'], MANY, [file]),
  ours('this producer, generating posts', 'posts', 'none', ['pin', 'geo', 'user'], 3 * POSTS, []),
];

function ours(
  name: string,
  id: string,
  compression: 'none' | 'gzip',
  datasets: readonly string[],
  records: number,
  file: readonly string[],
): Contestant {
  const words = [id, compression, String(records), ...file];
  return {
    name,
    topics: datasets.map((dataset) => topicName(id, dataset)),
    records,
    send: (brokers) =>
      timed(process.execPath, ['--import', 'tsx', beside('ours.ts'), brokers.join(','), ...words]),
  };
}

function plain(name: string, topic: string, records: number, batch: number, file: string): Contestant {
  const words = [topic, String(records), String(batch), file];
  return {
    name,
    topics: [topic],
    records,
    send: (brokers) =>
      timed(process.execPath, ['--import', 'tsx', beside('plain.ts'), brokers.join(','), ...words]),
  };
}

/** Resolves with the seconds that the tool reports, without the JVM's start. The other contestants' times omit the start of Node or Python. */
async function performanceTool(
  { java, jars }: Installed,
  brokers: readonly string[],
  topic: string,
  settings: readonly string[],
): Promise<number> {
  const { code, output } = await runProgram(path.join(java, 'bin', 'java'), [
    ...['-cp', path.join(jars.kafka, '*'), 'org.apache.kafka.tools.ProducerPerformance'],
    ...['--topic', topic, '--num-records', String(MANY), '--record-size', String(TEXT_BYTES)],
    ...[
      '--throughput',
      '-1',
      '--producer-props',
      `bootstrap.servers=${brokers.join(',')}`,
      'acks=all',
      ...settings,
    ],
  ]);
  const rates = [...output.matchAll(/ ([\d.]+) records\/sec/g)];
  const rate = Number(rates.at(-1)?.[1]);
  if (code !== 0 || !(rate > 0)) throw new Error(`the performance tool failed: ${output}`);
  return MANY / rate;
}

/** Installs librdkafka's Python client into a folder of the cache and returns its path. Only this bench needs it. */
export async function installConfluent({ python }: Installed, cache: string): Promise<string> {
  const folder = path.join(cache, `bench-${CONFLUENT.replace('==', '-')}`);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  const words = ['-m', 'pip', 'install', '--quiet', '--target', draft, CONFLUENT];
  const { code, output } = await runProgram(python, words);
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new Error(`${CONFLUENT} could not be installed: ${output}`);
  }
  await rename(draft, folder);
  return folder;
}

/** Runs a program that prints how many seconds sending took, without the program's start. Resolves with these seconds. */
async function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const { code, output } = await runProgram(program, args, { env });
  const seconds = Number(output.trim().split('\n').at(-1));
  if (code !== 0 || !(seconds > 0)) throw new Error(`${args.join(' ')} failed: ${output}`);
  return seconds;
}
