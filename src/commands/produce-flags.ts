/** The words of `npm run produce`, checked. */
import { commandLine, refuseFlagsTakenByNpm } from '../command.ts';
import { UsageError } from '../errors.ts';

const SENDERS = ['kafka', 'rest', 'kinesis', 'volume'] as const;
const CODECS = ['none', 'gzip'] as const;

/** What a dry run shows without a count: a look, not a flood. */
export const DRY_RUN_POSTS = 10;

export type ProduceFlags = ReturnType<typeof produceFlags>;

/** @throws UsageError for words that can't be used, with what could be */
export function produceFlags(args: readonly string[]) {
  const numbers = ['count', 'rate', 'seed', 'first', 'resend'] as const;
  const flags = commandLine('npm run produce kafka|rest|kinesis|volume -- [flags]', args)
    .command(
      '$0 [to]',
      'Sends posts: the pin, geo and user record of each go to topics or streams of their own.',
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
      until: {
        type: 'string',
        requiresArg: true,
        describe:
          "when to stop reading: 18:30, the next one, or 2030-01-31T18:30 (this machine's time; Z: UTC)",
      },
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
        describe: `of what goes to the broker: ${CODECS.join(', ')} (default: none)`,
      },
      landing: {
        type: 'string',
        requiresArg: true,
        describe:
          'the volume that the files go to (default: the setting PIPELINE_LANDING, or /Volumes/main/pinterest/landing)',
      },
      'dry-run': {
        type: 'boolean',
        default: false,
        describe: `print topic or stream, key and record instead of sending (${DRY_RUN_POSTS} posts without a count)`,
      },
      json: { type: 'boolean', default: false, describe: 'the summary as JSON' },
    })
    .example('npm run produce kafka -- --rate 5', 'five posts a second until Ctrl-C')
    .example('npm run produce kafka -- --count 1000 --resend 0.1', '1,000 posts, then 100 of them again')
    .example(
      'npm run produce kafka -- --from data',
      'the lines of data/pin.jsonl, geo.jsonl, user.jsonl as they are',
    )
    .example(
      'npm run produce volume -- --count 1000',
      'as files into the volume of a workspace: no Kafka needed',
    )
    .example('npm run produce kinesis -- --rate 5 --until 18:30', 'to Kinesis, until half past six')
    .parseSync();
  const others = ['from', 'until', 'compression', 'landing', 'dry-run', 'json'];
  refuseFlagsTakenByNpm(`produce ${flags.to ?? SENDERS[0]}`, [...numbers, ...others]);
  for (const name of numbers)
    if (Array.isArray(flags[name])) throw new UsageError(`--${name} was given more than once.`);
  const to = oneOf('The place to send to', flags.to as string | undefined, SENDERS);
  if (flags.compression !== undefined && to !== 'kafka')
    throw new UsageError(`--compression is for kafka; ${to} takes records as they are.`);
  if (flags.landing !== undefined && to !== 'volume') throw new UsageError('--landing is for volume.');
  const compression = oneOf('--compression', flags.compression ?? 'none', CODECS);
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
  const until = flags.until === undefined ? undefined : moment(flags.until, new Date());
  return { ...flags, to, compression, until };
}

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

function oneOf<T extends string>(what: string, value: string | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found) return found;
  throw new UsageError(`${what} is ${OR.format(choices)}, not ${value ?? 'left out'}. See --help.`);
}

function whole(name: string, value: number | undefined, least: number): void {
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
    throw new UsageError(`--${name} is a whole number, ${least} or more, not ${value}.`);
}

/** The latest moment that a timer can be set to, 2 ** 31 ms away, in whole days. */
const LONGEST_DAYS = 24;
const DAY_MS = 86_400_000;

/** The moment a person means by "18:30" or by a date and a time. */
function moment(text: string, now: Date): Date {
  const today = /^\d{1,2}:\d{2}$/.test(text);
  const [hours = 0, minutes = 0] = today ? text.split(':').map(Number) : [];
  const when = today ? new Date(now) : new Date(text);
  if (today) {
    when.setHours(hours, minutes, 0, 0);
    if (when <= now) when.setDate(when.getDate() + 1);
  }
  if (Number.isNaN(when.getTime()) || hours > 23 || minutes > 59)
    throw new UsageError(
      `--until is a time of day such as 18:30, or a date and time such as 2030-01-31T18:30, not ${text}.`,
    );
  if (when <= now) throw new UsageError(`--until is over: ${text}; it is ${now.toISOString()} now.`);
  if (when.getTime() - now.getTime() > LONGEST_DAYS * DAY_MS)
    throw new UsageError(`--until is at most ${LONGEST_DAYS} days away, not ${text}.`);
  return when;
}
