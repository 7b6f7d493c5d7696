/** Parses and checks the arguments and flags of `npm run produce`. */

import { checkName, commandLine, settingOption, share, wholeNumber } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';
import { VOLUME_PATH } from '../../src/names.ts';
import { POST_DATASETS, PROJECT } from '../../src/project/project.ts';
import { POST_FILES } from '../post-files.ts';
import { DESTINATIONS, type DestinationName, destinationOf } from './destinations.ts';
import { duration, moment, perSecond } from './words.ts';

const CODECS = ['none', 'gzip'] as const;
const ORDERS = ['index', 'random'] as const;
const LOGS = ['text', 'json'] as const;

/** How many posts a dry run shows without --count. */
export const DRY_RUN_POSTS = 10;

/** Posts per second of `npm run produce` without flags. The original emulation pauses half a second on average. */
export const QUIET_RATE = 2;

/** Defaults of the flags for emulated posts. */
export const EMULATED_DEFAULTS = { seed: 1, first: 0, resend: 0 };

export type ProduceFlags = ReturnType<typeof produceFlags>;

const text = (group: string, describe: string) =>
  ({ type: 'string', requiresArg: true, group, describe }) as const;
const number = (group: string, describe: string) => ({ requiresArg: true, group, describe }) as const;
const yes = (group: string, describe: string) =>
  ({ type: 'boolean', default: false, group, describe }) as const;

const AND = new Intl.ListFormat('en-GB');
const DATABASE = `mysql://reader@db.example.com/${PROJECT}`;

const DOES = `Sends the ${AND.format(POST_DATASETS)} records of posts, each to its dataset's topic or stream. Without arguments: sends
${QUIET_RATE} posts a second, to Kafka and Kinesis if the settings name them, until Ctrl-C.`;

const FROM = 'Source:';
const PACE = 'Number and rate:';
const RESUME = 'Resuming:';
const TO = 'Destination:';
const SEE = 'Output:';

const options = {
  from: text(
    FROM,
    `emulated (default), a folder with ${POST_FILES} (.gz too), one such file, - for the standard input, or mysql://user@host/database`,
  ),
  seed: number(FROM, `the same seed gives the same posts (default: ${EMULATED_DEFAULTS.seed})`),
  first: number(FROM, `emulated: number of the first post (default: ${EMULATED_DEFAULTS.first})`),
  resend: number(FROM, 'emulated: share of the posts to send a second time, half of them changed (0 to 1)'),
  dataset: text(
    FROM,
    'the dataset of the records, needed for - and for a file with another name; emulated: only the records of this dataset',
  ),
  order: text(
    FROM,
    'mysql: index or random (default: index); random draws posts without end, in an order that --seed determines',
  ),
  strict: yes(
    FROM,
    'stop at a record that does not match its dataset’s types (default: report its line, count it, and send it unchanged)',
  ),
  count: number(PACE, 'how many new posts (default: all posts of the source; if emulated, until Ctrl-C)'),
  rate: text(
    PACE,
    `posts a second, such as 50, 50/s or 90/m (default: as fast as possible; ${QUIET_RATE} without a destination, --count, --from and --dry-run)`,
  ),
  poisson: yes(PACE, 'random gaps between posts (Poisson) with --rate as the average, instead of even gaps'),
  for: text(PACE, 'how long to read, such as 90s, 10m, 1h30m, 1.5h or 2d; at most 24 days'),
  until: text(
    PACE,
    'when to stop reading, such as 18:30, 2030-01-31 or 2030-01-31T18:30; in UTC unless an offset such as +02:00 follows',
  ),
  checkpoint: text(RESUME, 'file that records the progress of the run'),
  resume: yes(
    RESUME,
    'continue from the checkpoint; start from the beginning if the file does not exist yet',
  ),
  compression: text(TO, `kafka: ${CODECS.join(' or ')} (default: none)`),
  'create-topics': yes(TO, 'kafka: create missing topics'),
  landing: { ...settingOption('PIPELINE_LANDING'), group: TO },
  'dry-run': yes(
    SEE,
    `print topic or stream, key and record instead of sending (${DRY_RUN_POSTS} posts without --count)`,
  ),
  json: yes(SEE, 'print the summary as JSON; with npm --silent run, nothing else is printed'),
  log: text(
    SEE,
    'text or json (default: text); json writes one line of JSON for each progress report, rejected record and pause',
  ),
} as const;

export const parser = (args: readonly string[]) =>
  commandLine('npm run produce [to..] -- [flags]', DOES, args, options)
    .command('$0 [to..]', false, (command) =>
      command.positional('to', {
        type: 'string',
        array: true,
        describe: `${DESTINATIONS.join(', ')}: at most one for each pipeline, batch and streaming`,
      }),
    )
    .example('npm run produce', 'a few posts a second to both pipelines until Ctrl-C')
    .example('npm run produce kafka -- --count 1000 --resend 0.1', '1,000 posts, then 100 of them again')
    .example(
      'npm run produce kinesis -- --rate 50/s --poisson --for 10m',
      'at random intervals, for ten minutes',
    )
    .example(
      'npm run produce kafka kinesis -- --from data',
      `the lines of data/${POST_DATASETS[0]}.jsonl … to both pipelines`,
    )
    .example(
      `npm run produce kafka -- --from ${DATABASE} --order random`,
      'rows of a database; the password is in MYSQL_PWD',
    )
    .example(
      'npm run produce kafka -- --from data --checkpoint run.json --resume',
      'after a kill, the same command continues where the run stopped',
    )
    .example(
      'npm run produce volume -- --count 1000',
      'writes files into a volume of the workspace; needs no Kafka',
    );

/** @throws UsageError for an invalid argument; the message names the valid arguments */
export function produceFlags(args: readonly string[], now = new Date()) {
  const flags = parser(args).parseSync();
  // yargs puts the words after a second `--` into `_`, unparsed.
  if (flags._.length > 0) throw new UsageError(`Unknown argument: ${flags._.join(', ')}. See --help.`);
  const to = ((flags.to ?? []) as string[]).map((name) => oneOf('The destination', name, DESTINATIONS));
  refuseTwoOfAPipeline(to);
  refuseForOthers(to, 'compression', flags.compression, 'kafka');
  refuseForOthers(to, 'create-topics', flags.createTopics || undefined, 'kafka');
  refuseForOthers(to, 'landing', flags.landing, 'volume');
  checkName('--landing', flags.landing, VOLUME_PATH);
  const numbers = {
    count: given(flags.count, (typed) => wholeNumber('--count', typed, 1)),
    seed: given(flags.seed, (typed) => wholeNumber('--seed', typed, 0)),
    first: given(flags.first, (typed) => wholeNumber('--first', typed, 0)),
    resend: given(flags.resend, (typed) => share('--resend', typed)),
  };
  if (flags.poisson && flags.rate === undefined)
    throw new UsageError('--poisson needs --rate, the average rate, such as 50/s.');
  if (flags.for !== undefined && flags.until !== undefined)
    throw new UsageError('--for and --until both set the end of the run: use only one of them.');
  if (flags.resume && flags.checkpoint === undefined)
    throw new UsageError('--resume needs --checkpoint FILE, the file that records the progress.');
  if (flags.checkpoint !== undefined && flags.dryRun)
    throw new UsageError(
      '--dry-run sends nothing, so there is no progress for --checkpoint: omit one of the two.',
    );
  const until =
    flags.for === undefined
      ? flags.until && moment(flags.until, now)
      : new Date(now.getTime() + duration(flags.for));
  return {
    ...flags,
    ...numbers,
    to: [...new Set(to)],
    rate: given(flags.rate, perSecond),
    compression: oneOf('--compression', flags.compression ?? 'none', CODECS),
    order: given(flags.order, (typed) => oneOf('--order', typed, ORDERS)),
    log: oneOf('--log', flags.log ?? 'text', LOGS),
    until: until || undefined,
  };
}

/** Returns `read(typed)` if the flag was passed; undefined otherwise. */
const given = <T, R>(typed: T | undefined, read: (typed: T) => R): R | undefined =>
  typed === undefined ? undefined : read(typed);

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

function oneOf<T extends string>(what: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  throw new UsageError(`${what} must be ${OR.format(choices)}, not ${value}. See --help.`);
}

function refuseTwoOfAPipeline(to: readonly DestinationName[]): void {
  for (const one of to) {
    const other = to.find(
      (name) => name !== one && destinationOf(name).pipeline === destinationOf(one).pipeline,
    );
    if (other)
      throw new UsageError(
        `${one} and ${other} are both destinations of the ${destinationOf(one).pipeline} pipeline, which would receive every post twice: name only one of them.`,
      );
  }
}

function refuseForOthers(
  to: readonly DestinationName[],
  flag: string,
  value: unknown,
  only: DestinationName,
): void {
  if (value !== undefined && !to.includes(only))
    throw new UsageError(`--${flag} can only be used with the destination ${only}.`);
}
