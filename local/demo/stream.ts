/** The streaming pipeline of a day: posts → Kinesis → notebooks that run until they are stopped → answers. */
import { LOCAL_CATALOG } from '../../src/databricks/default-catalog.ts';
import { number } from '../../src/format.ts';
import { STREAM_SCHEMA as SCHEMA, streamName } from '../../src/names.ts';
import type { Posts } from '../../src/posts/post.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { emulatorEndpoint, openStreams } from '../streams.ts';
import type { Day, RunStatement } from './day.ts';
import type { Entrance } from './entrance.ts';
import { type Latency, latencyOf } from './latency.ts';
import { accountsOf, answersOf, type Outcome, showOutcome } from './outcome.ts';
import { runToSuccess, type Site, startContinuous } from './site.ts';
import { arrivedSince, sendUntilVisible } from './visible.ts';

const POSTS_PER_SECOND = 10;
/** Fewer rows than for the batch pipeline, which has already printed the answers to the same questions. */
const ROWS_SHOWN = 3;

export interface StreamOutcome extends Outcome {
  readonly latency_ms: Latency;
}

/** Runs the stream job while posts arrive, then the job for the answers, and prints the outcome. */
export async function runStream(
  day: Day,
  site: Site,
  entrance: Entrance,
  posts: Posts,
): Promise<StreamOutcome> {
  const { settings, story } = day;
  const generation = await openStreams(emulatorEndpoint(entrance.kinesis), settings.id);
  const sink = day.gateway ? 'the API in front of Kinesis' : 'Kinesis';
  story.say(`\nThe streaming pipeline, through ${sink}:`);
  const { began, summaries, latency_ms } = await follow(day, site, entrance, posts, generation);
  await story.stage(
    'answers',
    () => runToSuccess(day, site, 'stream_answers'),
    () => 'jobs/stream_answers.yml over the tables of the stream',
  );
  const outcome = await story.stage(
    'streamed',
    async () => {
      const counting = countsOf(site.ask, settings.id, began, summaries);
      const [counts, answers] = await Promise.all([counting, answersOf(site.ask, SCHEMA)]);
      return { counts, answers };
    },
    () => 'the counts and the answers of the stream, read from its tables',
  );
  showOutcome(story, outcome, ROWS_SHOWN);
  return { ...outcome, latency_ms };
}

/**
 * Runs the continuous job while posts arrive. The first post is sent separately and shows that all tasks are running;
 * only the other posts are timed.
 */
async function follow(
  day: Day,
  site: Site,
  entrance: Entrance,
  posts: Posts,
  generation: string,
): Promise<{ began: number; summaries: Summary[]; latency_ms: Latency }> {
  const { story } = day;
  const began = Date.now();
  const job = startContinuous(site, 'stream', { stream_generation: generation });
  const send = (some: Posts) => {
    const sending = {
      posts: some,
      sink: entrance.sink(),
      schema: SCHEMA,
      generation,
      rate: POSTS_PER_SECOND,
    };
    return Promise.race([job.failed, ...entrance.failures, sendUntilVisible(day, sending)]);
  };
  try {
    const [first, others] = firstAndOthers(posts);
    const alone = await story.stage(
      'stream',
      () => send(first),
      () => 'all tasks of jobs/stream.yml are running: the first post has been processed',
    );
    const timed = Date.now();
    const rest = await story.stage(
      'visible',
      () => send(others),
      (summary) =>
        `${number(totals(summary).delivered)} records at ${POSTS_PER_SECOND} posts a second, all processed`,
    );
    const latency_ms = await latencyOf(site.ask, `${LOCAL_CATALOG}.${SCHEMA}`, { from: timed });
    story.note(`from the stream into the clean table: p50 ${latency_ms.p50} ms, p99 ${latency_ms.p99} ms`);
    return { began, summaries: [alone, rest], latency_ms };
  } finally {
    await job.stop();
  }
}

/**
 * Returns the counts. `sent` is the producer's count of today plus the raw tables' rows of earlier days. Kinesis
 * deletes old records, so the records of earlier days can't be counted there.
 */
async function countsOf(
  ask: RunStatement,
  id: string,
  began: number,
  summaries: readonly Summary[],
): Promise<Outcome['counts']> {
  const [today, accounts] = await Promise.all([arrivedSince(ask, SCHEMA, began), accountsOf(ask, SCHEMA)]);
  const counts: Outcome['counts'] = {};
  for (const [dataset, account] of Object.entries(accounts)) {
    const delivered = summaries.map(({ topics }) => topics[streamName(id, dataset)]?.delivered ?? 0);
    const before = account.raw - (today[dataset] ?? 0);
    counts[dataset] = { sent: delivered.reduce((sum, records) => sum + records, before), ...account };
  }
  return counts;
}

function firstAndOthers(posts: Posts): [Posts, Posts] {
  const all = (async function* () {
    yield* posts.read();
  })();
  async function* first() {
    const next = await all.next();
    if (!next.done) yield next.value;
  }
  return [
    { ...posts, read: first },
    { ...posts, read: () => all },
  ];
}
