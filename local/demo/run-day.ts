/** One day of the pipeline on this machine, from posts to answers; all state stays in one folder. */
import path from 'node:path';
import { LOCAL_CATALOG } from '../../src/databricks/default-catalog.ts';
import { jsonText } from '../../src/databricks/show/values.ts';
import { writeWhole } from '../../src/files/write.ts';
import { SCHEMA } from '../../src/names.ts';
import { type Closing, thenClose } from '../closing.ts';
import { install } from '../install/install.ts';
import { emulatorEnvironment } from '../streams.ts';
import { startWorkspace } from '../workspace/start.ts';
import { lockState } from '../workspace/state/lock.ts';
import { land, runBatch } from './batch.ts';
import type { Day, DayOptions } from './day.ts';
import { openEntrance } from './entrance.ts';
import { type Outcome, requireSums } from './outcome.ts';
import { batchPosts, streamPosts } from './posts.ts';
import { writeReport } from './report.ts';
import { openSite } from './site.ts';
import { runStream } from './stream.ts';

/** Above this number of new posts, Spark's settings for small data cost more time than they save. */
const SMALL = 100_000;

/**
 * Runs a day and prints its outcome.
 * @throws AppError with notebook, cell and error if a task fails; AppError if the counts don't add up or another workspace uses `state`
 */
export async function runDay(options: DayOptions): Promise<void> {
  const { settings, state, story, signal } = options;
  const closing: Closing = [];
  await thenClose(closing, async () => {
    // Taken before anything is stored or started, and released last: the posts' numbers, Kinesis and Kafka have no lock of their own.
    const lock = await lockState(state, signal);
    closing.push(lock.release);
    const posts = batchPosts(options);
    const streamed = options.streamPosts > 0 ? streamPosts(options, options.streamPosts) : undefined;
    const installed = await story.stage(
      'install',
      () => install(settings, { signal }),
      () => 'Spark, Delta and Kafka are installed',
    );
    const day: Day = { ...options, installed, closing };
    // Spark's environment contains the emulator's endpoint, so the emulator starts first.
    const entrance = streamed && (await openEntrance(day, path.join(state, 'kinesis')));
    // Spark starts while Kafka starts and receives the posts.
    const starting = startWorkspace({
      installed,
      state,
      lock,
      credentials: path.join(state, 'local.json'),
      port: 0,
      small: 'from' in options.posts || options.posts.count <= SMALL,
      environment: entrance ? emulatorEnvironment(entrance.kinesis) : {},
      signal,
    });
    closing.push(() =>
      starting.then(
        (workspace) => workspace.stop(),
        () => {},
      ),
    );
    // Fails as soon as Spark fails to start, without waiting for all records to land.
    const landing = land(day, posts);
    const sent = await Promise.race([landing, starting.then(() => landing)]);
    signal.throwIfAborted();
    const site = await openSite(day, starting);
    const batch = await runBatch(day, site, sent);
    signal.throwIfAborted();
    const { report } = options;
    if (report) {
      const tables = { id: settings.id, catalog: LOCAL_CATALOG, schema: SCHEMA };
      await story.stage(
        'report',
        () => writeReport(site, tables, report),
        () => report,
      );
    }
    const stream = streamed && entrance && (await runStream(day, site, entrance, streamed));
    if (options.json) {
      const outcome = {
        ...inRows(batch),
        seconds: story.seconds,
        ...(stream && { stream: { ...inRows(stream), latency_ms: stream.latency_ms } }),
      };
      writeWhole(options.json, JSON.stringify(outcome, null, 2), { mode: 0o666 });
    }
    requireSums(batch);
    if (stream) requireSums(stream);
  });
}

/** Integers beyond 2^53 become strings, as in the JSON of `npm run query`. */
const inRows = ({ counts, answers }: Outcome) => ({
  counts,
  answers: Object.fromEntries(
    Object.entries(answers).map(([name, { rows }]) => [
      name,
      rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [column, JSON.parse(jsonText(value))]),
        ),
      ),
    ]),
  ),
});
