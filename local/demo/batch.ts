/** The batch pipeline of a day: posts → Kafka → bucket → notebooks → answers. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectorProperties } from '../../src/connector.ts';
import { number } from '../../src/format.ts';
import { bucketName, mountPoint, SCHEMA, topicFolder, topicName } from '../../src/names.ts';
import { lineCount } from '../../src/posts/lines.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { type Closing, closeAll } from '../closing.ts';
import { countRecords, createTopics, startBroker } from '../kafka/broker.ts';
import { startSink } from '../kafka/sink.ts';
import { bucketsFolder } from '../workspace/workspace.ts';
import type { Day, RunStatement } from './day.ts';
import { accountsOf, answersOf, type Outcome, showOutcome } from './outcome.ts';
import { runToSuccess, type Site } from './site.ts';

/** Runs the mount job and the batch job on the landed records, and prints the outcome. `sent` is the result of `land`. */
export async function runBatch(day: Day, site: Site, sent: Record<string, number>): Promise<Outcome> {
  const { settings, state, story } = day;
  await story.stage(
    'mount',
    () => runToSuccess(day, site, 'mount'),
    () => `the bucket is ${mountPoint(settings.id)}`,
  );
  await story.stage(
    'batch',
    () => runToSuccess(day, site, 'batch'),
    ({ tasks }) => `${tasks.length} tasks of jobs/batch.yml: raw, clean, answers`,
  );
  const outcome = await story.stage(
    'results',
    async () => {
      const counting = countsOf(site.ask, sent, bucketFolder(state, settings.id), settings.id);
      const [counts, answers] = await Promise.all([counting, answersOf(site.ask, SCHEMA)]);
      return { counts, answers };
    },
    () => 'the counts and the answers, read from the tables',
  );
  showOutcome(story, outcome);
  return outcome;
}

/**
 * Starts Kafka and the S3 sink's emulator, and produces the posts. Resolves with the number of records in each topic
 * when all records are in the bucket; Kafka and the emulator then stop in the background.
 */
export async function land(day: Day, posts: Posts): Promise<Record<string, number>> {
  const closing: Closing = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= closeAll(closing);
    return stopped;
  };
  day.closing.push(stop);
  const records = await landAll({ ...day, closing }, posts);
  // Stopped now, because an idle broker and sink take processor time from Spark. At the end of the day, `stop` is
  // called again and returns the same promise, whose error is reported then.
  stop().catch(() => {});
  return records;
}

async function landAll(
  { settings: { id }, state, story, signal, installed, closing }: Day,
  posts: Posts,
): Promise<Record<string, number>> {
  const topics = datasets.map(({ name }) => topicName(id, name));
  const { brokers, sink, lost } = await story.stage(
    'kafka',
    async () => {
      const broker = await startBroker({ installed, state: path.join(state, 'kafka') });
      closing.push(() => broker.stop());
      await createTopics(broker.brokers, topics);
      const sink = await startSink({ properties: sinkProperties(state, id), brokers: broker.brokers });
      closing.push(() => sink.stop());
      return { brokers: broker.brokers, sink, lost: broker.failed };
    },
    ({ brokers }) => `a broker at ${brokers.join(', ')}, and the S3 sink's emulator`,
  );
  await story.stage(
    'produce',
    () => Promise.race([produce({ posts, sink: kafkaSink({ brokers, id }), signal }), lost]),
    (summary) =>
      `${number(totals(summary).delivered)} records of ${number(summary.posts)} posts sent${rejectedWords(summary)}`,
  );
  await story.stage(
    'land',
    () => Promise.race([sink.drain(), lost]),
    (landed) => `${number(landed)} records in the bucket`,
  );
  return Promise.race([countRecords(brokers, topics), lost]);
}

async function countsOf(
  ask: RunStatement,
  sent: Record<string, number>,
  bucket: string,
  id: string,
): Promise<Outcome['counts']> {
  const counts: Outcome['counts'] = {};
  for (const [dataset, account] of Object.entries(await accountsOf(ask, SCHEMA))) {
    const topic = topicName(id, dataset);
    const landed = await countLines(path.join(bucket, topicFolder(topic)));
    counts[dataset] = { sent: sent[topic] ?? 0, landed, ...account };
  }
  return counts;
}

/** Returns the number of lines of all objects in a topic's folder; 0 if the folder does not exist, as for an empty topic. */
async function countLines(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  const objects = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));
  let lines = 0;
  for (const object of objects) lines += lineCount(await readFile(path.join(folder, object)));
  return lines;
}

const bucketFolder = (state: string, id: string): string => path.join(bucketsFolder(state), bucketName(id));

const sinkProperties = (state: string, id: string): Record<string, string> =>
  connectorProperties({
    id,
    bucket: bucketName(id),
    region: 'eu-west-1',
    flushSize: 5000,
    rotateMs: 60_000,
    storeUrl: pathToFileURL(bucketsFolder(state)).href,
  });

const rejectedWords = (summary: Summary): string => {
  const { rejected } = totals(summary);
  return rejected > 0 ? `, ${number(rejected)} rejected (larger than the broker allows)` : '';
};
