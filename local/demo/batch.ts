/** The batch half of a day: posts → Kafka → bucket → notebooks → answers. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectorProperties } from '../../src/connector.ts';
import { datasets } from '../../src/datasets/index.ts';
import { bucketName, mountPoint, topicFolder, topicName } from '../../src/names.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { requireSuccess, runJob } from '../job.ts';
import { countRecords, createTopics, startBroker } from '../kafka/broker.ts';
import { startSink } from '../kafka/sink.ts';
import type { Kernel } from '../spark/kernel.ts';
import type { Day } from './day.ts';
import { accountsOf, answersOf, CATALOG, type Half, REPOSITORY, tell } from './half.ts';
import { count } from './story.ts';

const SCHEMA = 'pinterest';

const LINE_FEED = 0x0a;

/** Runs the half, on a Spark that may still be starting, and tells it. */
export async function runBatch(day: Day, spark: Promise<Kernel>, posts: Posts): Promise<Half> {
  const { settings, state, story, signal } = day;
  const sent = await land(day, posts);
  signal.throwIfAborted();
  const kernel = await story.stage(
    'spark',
    () => spark,
    () => 'one warm JVM runs the notebooks',
  );
  await runNotebooks(day, kernel);
  const half = {
    counts: await countsOf(kernel, sent, bucketFolder(state, settings.id), settings.id),
    answers: await answersOf(kernel, SCHEMA),
  };
  tell(story, half);
  return half;
}

/** Kafka and the sink: produces the posts and resolves, when all have landed, with the records in each topic. */
async function land(
  { settings: { id }, state, story, signal, installed, closing }: Day,
  posts: Posts,
): Promise<Record<string, number>> {
  const topics = datasets.map(({ name }) => topicName(id, name));
  const { brokers, sink } = await story.stage(
    'kafka',
    async () => {
      const broker = await startBroker({ installed, state: path.join(state, 'kafka') });
      closing.push(() => broker.stop());
      await createTopics(broker.brokers, topics);
      const sink = await startSink({ properties: sinkProperties(state, id), brokers: broker.brokers });
      closing.push(() => sink.stop());
      return { brokers: broker.brokers, sink };
    },
    ({ brokers }) => `a broker at ${brokers.join(', ')}, and the S3 sink's stand-in`,
  );
  await story.stage(
    'produce',
    () => produce({ posts, sink: kafkaSink({ brokers, id }), signal }),
    (summary) =>
      `${count(totals(summary).delivered)} records of ${count(summary.posts)} posts sent${refusedWords(summary)}`,
  );
  await story.stage(
    'land',
    () => sink.drain(),
    (landed) => `${count(landed.reduce((sum, { records }) => sum + records, 0))} records in the bucket`,
  );
  return countRecords(brokers, topics);
}

/** The mount notebook and the batch job, on landed files. */
async function runNotebooks({ settings: { id }, story, signal }: Day, kernel: Kernel): Promise<void> {
  // What the bundle brings into a workspace: the schema.
  await kernel.sql(`CREATE SCHEMA IF NOT EXISTS ${CATALOG}.${SCHEMA}`);
  const mount = { bucket: bucketName(id), mount_point: mountPoint(id) };
  await story.stage(
    'mount',
    async () => {
      const result = await kernel.run(path.join(REPOSITORY, 'notebooks/1_mount/s3.py'), mount, { signal });
      requireSuccess([{ task: 'mount', ...result }]);
    },
    () => `the bucket is ${mountPoint(id)}`,
  );
  const parameters = {
    catalog: CATALOG,
    schema: SCHEMA,
    pipeline_id: id,
    landing: mountPoint(id),
    checkpoints: `/Volumes/${CATALOG}/${SCHEMA}/checkpoints`,
    file_reader: 'text',
    trigger: 'availableNow',
  };
  await story.stage(
    'batch',
    async () => {
      const results = await runJob(kernel, path.join(REPOSITORY, 'jobs/batch.yml'), parameters, {
        signal,
        report: (result) => story.step(result.task, 'seconds' in result ? result.seconds : 0, result.state),
      });
      requireSuccess(results);
      return results;
    },
    (results) => `${results.length} tasks of jobs/batch.yml: raw, clean, answers`,
  );
}

async function countsOf(
  kernel: Kernel,
  sent: Record<string, number>,
  bucket: string,
  id: string,
): Promise<Half['counts']> {
  const counts: Half['counts'] = {};
  for (const [dataset, account] of Object.entries(await accountsOf(kernel, SCHEMA))) {
    const topic = topicName(id, dataset);
    const landed = await countLines(path.join(bucket, topicFolder(topic)));
    counts[dataset] = { sent: sent[topic] ?? 0, landed, ...account };
  }
  return counts;
}

/** Lines of all objects in a topic's folder. */
async function countLines(folder: string): Promise<number> {
  const objects = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));
  let lines = 0;
  for (const object of objects) {
    for (const byte of await readFile(path.join(folder, object))) if (byte === LINE_FEED) lines += 1;
  }
  return lines;
}

export const bucketFolder = (state: string, id: string): string => path.join(state, 's3', bucketName(id));

const sinkProperties = (state: string, id: string): Record<string, string> =>
  connectorProperties({
    id,
    bucket: bucketName(id),
    region: 'eu-west-1',
    flushSize: 5000,
    rotateMs: 60_000,
    storeUrl: pathToFileURL(path.join(state, 's3')).href,
  });

const refusedWords = (summary: Summary): string => {
  const { refused } = totals(summary);
  return refused > 0 ? `, ${count(refused)} refused (larger than the broker takes)` : '';
};
