/** The arguments and flags of `npm run bundle`. */
import { commandLine, refuseFlagsTakenByNpm } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';

const VERBS = ['validate', 'plan', 'deploy', 'run', 'verify', 'summary', 'destroy'] as const;
type Verb = (typeof VERBS)[number];

/** The job that `run` runs where none is named. */
export const USUAL_JOB = 'batch';

export interface BundleFlags {
  readonly verb: Verb;
  /** Words behind the verb: a target, before it a job for `run`. */
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
  readonly yes: boolean;
  /** Whether `run` first ends a run that is under way. */
  readonly restart: boolean;
  readonly withoutCli: boolean;
}

/** --yes is npm's own as well and may stand in anybody's environment; without it the command asks, which does no harm. */
const NOT_NPMS = ['var', 'param', 'restart', 'without-cli'];

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run bundle <verb> [target]',
    'The notebooks and jobs of this repository, in a Databricks workspace.',
    args,
  )
    .command('$0 [verb] [target..]', false, (command) =>
      command.positional('verb', { type: 'string', describe: VERBS.join(', ') }).positional('target', {
        type: 'string',
        array: true,
        describe: 'dev, prod, free or local; for run a job before it',
      }),
    )
    .options({
      var: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'name=value of a variable, again for more',
      },
      param: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'run, verify: name=value of a job parameter, again for more',
      },
      yes: {
        type: 'boolean',
        default: false,
        describe: 'deploy, verify, destroy: do not ask before data is deleted',
      },
      restart: {
        type: 'boolean',
        default: false,
        describe: 'run: ends a run under way first; a continuous one goes on with old notebooks until then',
      },
      'without-cli': {
        type: 'boolean',
        default: false,
        describe: 'targets local and free: not by the Databricks CLI, though it is there',
      },
    })
    .example('npm run bundle plan local', 'what a deployment would change')
    .example(
      'npm run bundle deploy local',
      'notebooks, jobs, schemas and volumes into the workspace of npm run local',
    )
    .example('npm run bundle run batch local', 'runs the job and follows it')
    .example(
      'npm run bundle run maintenance local -- --param raw_days=30',
      'with a job parameter: raw tables keep 30 days',
    )
    .example(
      'npm run bundle run stream prod -- --restart',
      'after a deployment: the stream takes its new notebooks',
    )
    .example(
      'npm run bundle verify free',
      'deploys, and holds the notebooks on that engine against rows that are known; exit code 1 where one differs',
    )
    .example(
      'npm run bundle verify local -- --param keep=true',
      'leaves the schema …_verify for looking; the next verify drops it',
    )
    .example(
      'npm run bundle deploy prod -- --var service_principal=…',
      'a variable; BUNDLE_VAR_service_principal does the same',
    )
    .example('npm run bundle destroy local -- --yes', 'takes all of it away, tables too')
    .epilogue(
      'The Databricks CLI does it where it is on PATH. Without it, targets local and free are deployed through the SDK: free is reached by DATABRICKS_HOST and DATABRICKS_TOKEN.',
    );

export function bundleFlags(args: readonly string[]): BundleFlags {
  refuseFlagsTakenByNpm('bundle', NOT_NPMS);
  const flags = parser(args).parseSync();
  if (flags.verb === undefined)
    throw new UsageError(`Say what to do: npm run bundle ${VERBS.join(' | ')}. See --help.`);
  const verb = VERBS.find((one) => one === flags.verb);
  if (!verb) throw new UsageError(`The verb is one of ${VERBS.join(', ')}, not "${flags.verb}". See --help.`);
  const words = (flags.target ?? []) as string[];
  const most = verb === 'run' ? 2 : 1;
  if (words.length > most) throw new UsageError(`"${words[most]}" is one word too many. See --help.`);
  if (flags.param && verb !== 'run' && verb !== 'verify')
    throw new UsageError('--param goes with run and verify. See --help.');
  if (flags.restart && verb !== 'run') throw new UsageError('--restart goes with run. See --help.');
  return {
    verb,
    words,
    variables: pairs('var', flags.var ?? []),
    parameters: pairs('param', flags.param ?? []),
    yes: flags.yes,
    restart: flags.restart,
    withoutCli: flags.withoutCli,
  };
}

function pairs(flag: string, given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new UsageError(`--${flag} is name=value, not "${pair}".`);
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
