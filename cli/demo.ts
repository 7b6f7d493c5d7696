/**
 * `npm run demo`: runs both pipelines on this machine. Batch: posts → Kafka → bucket → the deployed jobs → answers.
 * Then streaming: posts → Kinesis → the stream job → answers.
 */
import { commandLine, share, wholeNumber } from '../src/command.ts';
import { UsageError } from '../src/errors.ts';
import { interrupts, temporaryFolder } from '../src/interrupts.ts';
import { outputFile, shellWord, stateFolder } from '../src/outputs.ts';
import { PROJECT } from '../src/project/project.ts';
import { readSettings } from '../src/settings.ts';
import { POST_FILES } from './post-files.ts';

/** Resolves with the exit code: 0, 130 after Ctrl-C, 143 after SIGTERM, 129 if the terminal was closed. */
export async function run(args: readonly string[]): Promise<number> {
  const flags = parse(args);
  const json = flags.json === undefined ? undefined : await outputFile('--json', flags.json);
  const report = flags.report === undefined ? undefined : await outputFile('--report', flags.report);
  if (json !== undefined && json === report)
    throw new UsageError(`--json and --report both name ${json}: name two different files.`);
  const { runDay } = await import('../local/demo/run-day.ts');
  const { Story } = await import('../local/demo/story.ts');
  const taken = interrupts();
  const state =
    flags.keep === undefined ? temporaryFolder(`${PROJECT}-demo-`) : await stateFolder('--keep', flags.keep);
  try {
    await runDay({
      settings: readSettings(),
      state,
      posts:
        flags.from !== undefined
          ? { from: flags.from }
          : { seed: flags.seed, count: flags.count, resend: flags.resend },
      streamPosts: flags.batchOnly ? 0 : flags.streamPosts,
      gateway: flags.gateway,
      ...(json !== undefined && { json }),
      ...(report !== undefined && { report }),
      signal: taken.first,
      story: new Story(process.stdout, taken.first),
    });
    if (flags.keep !== undefined)
      console.log(
        `\nAll state is kept in ${state}: run this command again for the next day, or query the tables with "npm run query" while "npm run local -- --state ${shellWord(state)}" is running.`,
      );
  } catch (error) {
    if (!taken.first.aborted) throw error;
  }
  return taken.first.aborted ? taken.exitCode : 0;
}

/** Defaults of the flags for emulated posts. yargs does not know them, so that `parse` sees which flags were given. */
const EMULATED = { count: 1000, seed: 1, resend: 0.05 };

const options = {
  count: {
    defaultDescription: String(EMULATED.count),
    requiresArg: true,
    describe: 'how many posts to generate',
  },
  seed: {
    defaultDescription: String(EMULATED.seed),
    requiresArg: true,
    describe: 'the same seed gives the same posts',
  },
  resend: {
    defaultDescription: String(EMULATED.resend),
    requiresArg: true,
    describe: 'share of the posts to send a second time, half of them changed (0 to 1)',
  },
  from: {
    type: 'string',
    requiresArg: true,
    describe: `folder with ${POST_FILES}, which are sent unchanged instead of emulated posts`,
  },
  'stream-posts': {
    default: 50,
    requiresArg: true,
    describe:
      'how many posts to send through Kinesis after the batch jobs, at least 2; with --from, the first posts in the folder',
  },
  'batch-only': { type: 'boolean', default: false, describe: 'skip the streaming pipeline' },
  gateway: {
    type: 'boolean',
    default: false,
    describe: 'send to Kinesis through the API of the AWS stacks, which an emulator serves',
  },
  keep: {
    type: 'string',
    requiresArg: true,
    describe: 'folder that keeps all state: the next demo with this folder continues with the next day',
  },
  report: {
    type: 'string',
    requiresArg: true,
    describe: 'file for the answers as an HTML page, with charts',
  },
  json: { type: 'string', requiresArg: true, describe: 'file for counts, timings and answers' },
} as const;

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run demo -- [flags]',
    'Sends posts through a real Kafka broker into a bucket, deploys the bundle to an emulated workspace on this machine, and runs its jobs on a real Spark up to the answers. Then sends more posts through a Kinesis emulator, which the stream job reads.',
    args,
    options,
  )
    .example('npm run demo', 'sends 1,000 posts; keeps only the installed programs')
    .example('npm run demo -- --keep demo', 'day one; run it again for day two')
    .example('npm run demo -- --report report.html', 'a page for any browser')
    .example('npm run demo -- --from data --json answers.json', 'your own records');

function parse(args: readonly string[]) {
  const flags = parser(args).parseSync();
  const given = (Object.keys(EMULATED) as (keyof typeof EMULATED)[]).filter(
    (name) => flags[name] !== undefined,
  );
  if (flags.from !== undefined && given.length > 0)
    throw new UsageError(
      `--from sends all records of its files, unchanged: omit --${given.join(' and --')}, which only emulated posts have.`,
    );
  return {
    ...flags,
    count: wholeNumber('--count', flags.count ?? EMULATED.count, 1),
    streamPosts: wholeNumber('--stream-posts', flags.streamPosts, 2),
    seed: wholeNumber('--seed', flags.seed ?? EMULATED.seed, 0),
    resend: share('--resend', flags.resend ?? EMULATED.resend),
  };
}
