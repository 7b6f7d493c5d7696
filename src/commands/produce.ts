/** `npm run produce kafka`: sends posts, emulated or from files, until they are sent or Ctrl-C. */
import { commandLine, refuseFlagsTakenByNpm } from '../command.ts';
import { UsageError } from '../errors.ts';
import { emulatedPosts } from '../posts/emulated.ts';
import { filePosts } from '../posts/file.ts';
import type { Posts } from '../posts/post.ts';
import { display, summaryTable } from '../producer/display.ts';
import { ProduceStopped, produce } from '../producer/produce.ts';
import { kafkaSink } from '../producer/sinks/kafka.ts';
import { printSink } from '../producer/sinks/print.ts';
import { type Summary, totals } from '../producer/tally.ts';
import { readSettings } from '../settings.ts';

const SENDERS = ['kafka'] as const;
const CODECS = ['none', 'gzip'] as const;

/** What a dry run shows without a count: a look, not a flood. */
const DRY_RUN_POSTS = 10;

/** The exit code of a run that Ctrl-C ended before its posts did (128 + SIGINT). */
const INTERRUPTED = 130;

/** Exit code 0 when everything was delivered, 1 when anything was not. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args);
  const { id, brokers } = readSettings();
  const posts = postsFor(flags);
  const out = flags.dryRun ? process.stderr : process.stdout;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);
  // A dry run's lines are its own progress.
  const shown = flags.dryRun ? undefined : display(process.stderr, posts.total);
  try {
    const summary = await produce({
      posts,
      sink: flags.dryRun
        ? printSink(id, process.stdout, stop)
        : kafkaSink({ brokers, id, compression: flags.compression }),
      ...(flags.rate === undefined ? {} : { rate: flags.rate }),
      signal: interrupt.signal,
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
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }

  function print(summary: Summary): void {
    out.write(`${flags.json ? JSON.stringify(summary) : summaryTable(summary)}\n`);
  }
}

type Flags = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  const numbers = ['count', 'rate', 'seed', 'first', 'resend'] as const;
  const flags = commandLine('npm run produce kafka -- [flags]', args)
    .command(
      '$0 [to]',
      'Sends posts: the pin, geo and user record of each go to their own topics.',
      (command) =>
        command.positional('to', { type: 'string', describe: `where the posts go: ${SENDERS.join(', ')}` }),
    )
    .options({
      count: {
        type: 'number',
        requiresArg: true,
        describe: 'how many new posts (default: until Ctrl-C; with --from: all of them)',
      },
      rate: { type: 'number', requiresArg: true, describe: 'posts a second (default: as fast as it goes)' },
      seed: { type: 'number', requiresArg: true, describe: 'same seed, same posts (default: 1)' },
      first: { type: 'number', requiresArg: true, describe: 'number of the first post (default: 0)' },
      resend: {
        type: 'number',
        requiresArg: true,
        describe: 'share of the posts that is sent again afterwards, half of it changed (0 to 1)',
      },
      from: {
        type: 'string',
        requiresArg: true,
        describe: 'folder with pin.jsonl geo.jsonl user.jsonl, or one of them, instead of emulated posts',
      },
      compression: {
        type: 'string',
        requiresArg: true,
        default: 'none',
        describe: `of what goes to the broker: ${CODECS.join(', ')}`,
      },
      'dry-run': {
        type: 'boolean',
        default: false,
        describe: `print topic, key and record instead of sending (${DRY_RUN_POSTS} posts without a count)`,
      },
      json: { type: 'boolean', default: false, describe: 'the summary as JSON' },
    })
    .example('npm run produce kafka -- --rate 5', 'five posts a second until Ctrl-C')
    .example('npm run produce kafka -- --count 1000 --resend 0.1', '1,000 posts, then 100 of them again')
    .example(
      'npm run produce kafka -- --from data',
      'the lines of data/pin.jsonl, geo.jsonl, user.jsonl as they are',
    )
    .parseSync();
  refuseFlagsTakenByNpm('produce kafka', [...numbers, 'from', 'compression', 'dry-run', 'json']);
  for (const name of numbers)
    if (Array.isArray(flags[name])) throw new UsageError(`--${name} was given more than once.`);
  const to = oneOf('The place to send to', flags.to as string | undefined, SENDERS);
  const compression = oneOf('--compression', flags.compression, CODECS);
  whole('count', flags.count, 1);
  whole('seed', flags.seed, 0);
  whole('first', flags.first, 0);
  if (flags.rate !== undefined && !(flags.rate > 0 && flags.rate < Number.POSITIVE_INFINITY))
    throw new UsageError(`--rate is posts a second, more than 0, not ${flags.rate}.`);
  if (flags.resend !== undefined && !(flags.resend >= 0 && flags.resend <= 1))
    throw new UsageError(`--resend is a share from 0 to 1, not ${flags.resend}.`);
  const emulated = (['seed', 'first', 'resend'] as const).find((name) => flags[name] !== undefined);
  if (flags.from !== undefined && emulated)
    throw new UsageError(
      `--${emulated} is for emulated posts; --from sends a file's lines as they are: take one of the two.`,
    );
  return { ...flags, to, compression };
}

function oneOf<T extends string>(what: string, value: string | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  throw new UsageError(`${what} is ${choices.join(' or ')}, not ${value ?? 'left out'}. See --help.`);
}

function whole(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new UsageError(`--${name} is a whole number, ${least} or more, not ${value}.`);
}

function postsFor({ from, count, seed = 1, first = 0, resend = 0, dryRun }: Flags): Posts {
  if (from === undefined) {
    const posts = count ?? (dryRun ? DRY_RUN_POSTS : undefined);
    return emulatedPosts({ seed, first, resend, ...(posts === undefined ? {} : { count: posts }) });
  }
  const posts = filePosts(from, count ?? (dryRun ? DRY_RUN_POSTS : undefined));
  for (const file of posts.missing) process.stderr.write(`There is no ${file}: its records are left out.\n`);
  return posts;
}
