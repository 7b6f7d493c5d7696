/** `npm run produce kafka|rest|kinesis|volume`: sends posts, emulated or from files, until they are sent, it is time, or Ctrl-C. */
import { streamName, topicName } from '../names.ts';
import { emulatedPosts } from '../posts/emulated.ts';
import { filePosts } from '../posts/file.ts';
import type { Posts } from '../posts/post.ts';
import { display, summaryTable } from '../producer/display.ts';
import { ProduceStopped, produce } from '../producer/produce.ts';
import { printSink } from '../producer/sinks/print.ts';
import type { Sink } from '../producer/sinks/sink.ts';
import { type Summary, totals } from '../producer/tally.ts';
import { readSettings, type Settings } from '../settings.ts';
import { readConnection } from '../workspace/connection.ts';
import { DRY_RUN_POSTS, type ProduceFlags, produceFlags } from './produce-flags.ts';

/** The exit code of a run that Ctrl-C ended before its posts did (128 + SIGINT). */
const INTERRUPTED = 130;

/** Exit code 0 when everything was delivered, 1 when anything was not. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = produceFlags(args);
  const settings = readSettings();
  const posts = postsFor(flags);
  const out = flags.dryRun ? process.stderr : process.stdout;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  const over = new AbortController();
  const timer = flags.until && setTimeout(() => over.abort(), flags.until.getTime() - Date.now());
  // A dry run's lines are its own progress.
  const shown = flags.dryRun ? undefined : display(process.stderr, posts.total);
  try {
    const summary = await produce({
      posts,
      sink: await sinkFor(flags, settings, stop),
      ...(flags.rate === undefined ? {} : { rate: flags.rate }),
      signal: AbortSignal.any([interrupt.signal, over.signal]),
      ...(shown ? { report: shown.report } : {}),
    });
    shown?.stop();
    print(summary);
    const { refused } = totals(summary);
    if (refused > 0) return 1;
    const complete = posts.total === undefined ? flags.from === undefined : summary.posts === posts.total;
    return interrupt.signal.aborted && !complete && !flags.dryRun ? INTERRUPTED : 0;
  } catch (error) {
    shown?.stop();
    if (error instanceof ProduceStopped) print(error.summary);
    throw error;
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }

  function print(summary: Summary): void {
    out.write(`${flags.json ? JSON.stringify(summary) : summaryTable(summary)}\n`);
  }
}

/** Each place's own client is loaded only where it is sent to. */
async function sinkFor(
  { to, compression, landing, dryRun }: ProduceFlags,
  settings: Settings,
  enough: () => void,
): Promise<Sink> {
  const { id, brokers, kinesis } = settings;
  const name = to === 'kinesis' ? streamName : topicName;
  if (dryRun) return printSink((dataset) => name(id, dataset), process.stdout, enough);
  if (to === 'kafka')
    return (await import('../producer/sinks/kafka.ts')).kafkaSink({ brokers, id, compression });
  if (to === 'rest') {
    const { restSink } = await import('../producer/sinks/rest.ts');
    const { auth, ...rest } = settings.rest;
    const signed = auth && auth === 'iam';
    return restSink({ ...rest, setting: 'REST_URL', signed, region: kinesis.region, id });
  }
  if (to === 'volume') {
    const [{ volumeSink }, { volumeClient }] = await Promise.all([
      import('../producer/sinks/volume.ts'),
      import('../workspace/volume.ts'),
    ]);
    const client = volumeClient(await readConnection(settings));
    return volumeSink({ client, landing: landing ?? settings.landing, id });
  }
  return (await import('../producer/sinks/kinesis.ts')).kinesisSink({ ...kinesis, id });
}

function postsFor({ from, count, seed = 1, first = 0, resend = 0, dryRun }: ProduceFlags): Posts {
  if (from === undefined) {
    const posts = count ?? (dryRun ? DRY_RUN_POSTS : undefined);
    return emulatedPosts({ seed, first, resend, ...(posts === undefined ? {} : { count: posts }) });
  }
  const posts = filePosts(from, count ?? (dryRun ? DRY_RUN_POSTS : undefined));
  for (const file of posts.missing) process.stderr.write(`There is no ${file}: its records are left out.\n`);
  return posts;
}
