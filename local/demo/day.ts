/** One day of the pipeline on this machine, from posts to answers; all state stays in one folder. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { connectorProperties } from '../../src/connector.ts';
import { datasets } from '../../src/datasets/index.ts';
import { AppError } from '../../src/errors.ts';
import { bucketName, mountPoint, topicFolder, topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { queries } from '../../src/queries/index.ts';
import type { Settings } from '../../src/settings.ts';
import { type Account, accountSql } from '../../src/workspace/accounts.ts';
import { type Row, sortAnswer } from '../../src/workspace/answers.ts';
import { install } from '../install.ts';
import { requireSuccess, runJob } from '../job.ts';
import { countRecords, createTopics, startBroker } from '../kafka/broker.ts';
import { startSink } from '../kafka/sink.ts';
import { Kernel } from '../spark/kernel.ts';
import type { Story } from './story.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const CATALOG = 'spark_catalog';
const SCHEMA = 'pinterest';

/** Above this many new posts Spark's settings for tiny data cost more than they save. */
const SMALL = 100_000;

const LINE_FEED = 0x0a;

export interface DayOptions {
  readonly settings: Settings;
  readonly state: string;
  /** Made posts, or a folder whose lines are sent as they are. */
  readonly posts:
    | { readonly seed: number; readonly count: number; readonly resend: number }
    | { readonly from: string };
  /** A file for counts, timings and answers. */
  readonly json?: string;
  readonly signal: AbortSignal;
  readonly story: Story;
}

/** What one dataset's records came to, over all days of a state folder; each figure is counted where it lies. */
interface Counts extends Account {
  /** In the topic. */
  readonly sent: number;
  /** In the bucket. */
  readonly landed: number;
}

/**
 * Runs a day and tells it.
 * @throws AppError with notebook, cell and error where a task fails, or where the counts don't add up
 */
export async function runDay(options: DayOptions): Promise<void> {
  const { settings, state, story, signal } = options;
  await makeFolder(state);
  const posts = postsOf(options, await firstOf(options));
  const installed = await story.stage(
    'install',
    () => install(settings),
    () => 'Spark, Delta and Kafka are there',
  );
  const small = 'from' in options.posts || options.posts.count <= SMALL;
  const closing: (() => Promise<unknown>)[] = [];

  try {
    // Spark starts while Kafka does and posts go through it.
    const spark = Kernel.start({
      installed,
      state: path.join(state, 'spark'),
      buckets: { [bucketName(settings.id)]: bucketFolder(state, settings.id) },
      small,
    });
    closing.push(() =>
      spark.then(
        (kernel) => kernel.stop(),
        () => {},
      ),
    );
    const sent = await stream(options, installed, posts, closing);
    signal.throwIfAborted();

    const kernel = await story.stage(
      'spark',
      () => spark,
      () => 'one warm JVM runs the notebooks',
    );
    await batch(kernel, settings.id, story, signal);
    const counts = await countsOf(kernel, sent, bucketFolder(state, settings.id), settings.id);
    const answers = await answersOf(kernel);
    tell(story, counts, answers);
    if (options.json) {
      await writeFile(options.json, JSON.stringify({ counts, seconds: story.seconds, answers }, null, 2));
    }
    requireSums(counts);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Kafka and the sink: produces the posts and resolves, when all have landed, with the records in each topic. */
async function stream(
  { settings: { id }, state, story, signal }: DayOptions,
  installed: Awaited<ReturnType<typeof install>>,
  posts: ReturnType<typeof postsOf>,
  closing: (() => Promise<unknown>)[],
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
async function batch(kernel: Kernel, id: string, story: Story, signal: AbortSignal): Promise<void> {
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
): Promise<Record<string, Counts>> {
  const counts: Record<string, Counts> = {};
  for (const dataset of datasets) {
    const topic = topicName(id, dataset.name);
    const [account] = await kernel.sql(accountSql(dataset, `${CATALOG}.${SCHEMA}`));
    counts[dataset.name] = {
      sent: sent[topic] ?? 0,
      landed: await countLines(path.join(bucket, topicFolder(topic))),
      ...(account as unknown as Account),
    };
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

async function answersOf(kernel: Kernel): Promise<Record<string, Row[]>> {
  const answers: Record<string, Row[]> = {};
  for (const { name } of queries) {
    answers[name] = sortAnswer(await kernel.sql(`SELECT * FROM ${CATALOG}.${SCHEMA}.${name}`));
  }
  return answers;
}

function tell(story: Story, counts: Record<string, Counts>, answers: Record<string, Row[]>): void {
  for (const { name, question } of queries) {
    const rows = answers[name] ?? [];
    story.say(`\n${question}  (${name})`);
    story.table(Object.keys(rows[0] ?? { 'no rows': '' }), rows);
  }
  story.say('\nWhat became of the records: raw = clean + superseded + rejected + rejected again');
  const rows = Object.entries(counts).map(([dataset, { kept_in_part, lost, ...counts }]) => ({
    dataset,
    ...counts,
    kept_in_part,
  }));
  story.table(Object.keys(rows[0] ?? {}), rows);
}

/** @throws AppError where a record is unaccounted for. */
function requireSums(counts: Record<string, Counts>): void {
  for (const [name, account] of Object.entries(counts)) {
    const { sent, landed, raw, clean, superseded, rejected, rejected_again, lost } = account;
    if (
      sent === landed &&
      landed === raw &&
      raw === clean + superseded + rejected + rejected_again &&
      lost === 0
    )
      continue;
    throw new AppError(
      'SUMS',
      `The counts of ${name} don't add up: ${JSON.stringify(account)}. This is a bug; please report it.`,
    );
  }
}

function postsOf({ posts, story }: DayOptions, next: number) {
  if ('from' in posts) {
    const found = filePosts(posts.from);
    for (const file of found.missing) story.say(`There is no ${file}: its records are left out.`);
    return found;
  }
  return emulatedPosts({ ...posts, first: next, resendFrom: 0 });
}

/**
 * The number of the first new post: made posts go on where the last day ended, which is written down before they are
 * sent, so that a day that was cut short leaves a gap rather than other posts under the same numbers.
 */
async function firstOf({ posts, state }: DayOptions): Promise<number> {
  if ('from' in posts) return 0;
  const file = path.join(state, 'next-post');
  const first = Number(await readFile(file, 'utf8').catch(() => '0'));
  await writeFile(file, `${first + posts.count}\n`);
  return first;
}

const bucketFolder = (state: string, id: string): string => path.join(state, 's3', bucketName(id));

const sinkProperties = (state: string, id: string): Record<string, string> =>
  connectorProperties({
    id,
    bucket: bucketName(id),
    region: 'eu-west-1',
    flushSize: 5000,
    rotateMs: 60_000,
    storeUrl: pathToFileURL(path.join(state, 's3')).href,
  });

async function makeFolder(state: string): Promise<void> {
  await mkdir(state, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new AppError(
      'STATE_NOT_WRITABLE',
      `The folder ${state} can't be made (${error.code}): choose one that you may write with --keep.`,
    );
  });
}

const count = (n: number): string => n.toLocaleString('en');

const refusedWords = (summary: Summary): string => {
  const { refused } = totals(summary);
  return refused > 0 ? `, ${count(refused)} refused (larger than the broker takes)` : '';
};
