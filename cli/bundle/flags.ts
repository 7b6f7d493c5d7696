/** The arguments and flags of `npm run bundle`. */
import { commandLine } from '../../src/command.ts';
import { UsageError } from '../../src/errors.ts';

const VERBS = ['validate', 'plan', 'deploy', 'run', 'verify', 'summary', 'destroy'] as const;

/** The job that `run` runs if none is named. */
export const USUAL_JOB = 'batch';

export type BundleFlags = ReturnType<typeof bundleFlags>;

export const parser = (args: readonly string[]) =>
  commandLine(
    'npm run bundle <verb> [target]',
    'Deploys, runs and removes the notebooks and jobs of this repository in a Databricks workspace.',
    args,
    {
      var: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'name=value of a variable; may be repeated',
      },
      param: {
        type: 'string',
        array: true,
        requiresArg: true,
        describe: 'run, verify: name=value of a job parameter; may be repeated',
      },
      yes: {
        type: 'boolean',
        default: false,
        describe: 'deploy, verify, destroy: do not ask before data is deleted',
      },
      restart: {
        type: 'boolean',
        default: false,
        describe:
          'run: cancel the current run first; a continuous job uses the old notebooks until it is restarted',
      },
      'without-cli': {
        type: 'boolean',
        default: false,
        describe: 'targets local and free: do not use the Databricks CLI, even if it is installed',
      },
    },
  )
    .command('$0 [verb] [target..]', false, (command) =>
      command.positional('verb', { type: 'string', describe: VERBS.join(', ') }).positional('target', {
        type: 'string',
        array: true,
        describe: `dev (default), prod, free or local; for run, a job may come before the target: ${USUAL_JOB} (default), rebuild, maintenance, mount, stream, stream_answers or stream_maintenance`,
      }),
    )
    .example('npm run bundle plan local', 'shows what a deployment would change')
    .example(
      'npm run bundle deploy local',
      'deploys notebooks, jobs, schemas and volumes to the workspace of npm run local',
    )
    .example('npm run bundle run batch local', 'runs the job and shows its progress')
    .example(
      'npm run bundle run maintenance local -- --param raw_days=30',
      'with a job parameter: raw tables keep 30 days',
    )
    .example(
      'npm run bundle run stream prod -- --restart',
      'after a deployment: restarts the stream with the new notebooks; does not wait, because the run never ends',
    )
    .example(
      'npm run bundle verify free',
      'deploys the target, runs its notebooks and compares their rows with expected rows; exit code 1 if a row differs',
    )
    .example(
      'npm run bundle verify local -- --param keep=true',
      'keeps the schema …_verify, and on dev and prod …_verify_on_cluster, for inspection; the next verify drops them',
    )
    .example(
      'npm run bundle deploy prod -- --var service_principal=…',
      'sets a variable; BUNDLE_VAR_service_principal does the same',
    )
    .example(
      'npm run bundle destroy local -- --yes',
      'deletes everything that was deployed, including the tables',
    )
    .epilogue(
      'If the Databricks CLI is on PATH, this command calls the CLI. Otherwise the targets local and free are deployed through the SDK; free needs DATABRICKS_HOST and DATABRICKS_TOKEN.',
    );

/** Returns the flags. `words` are those after the verb: a target; for `run`, a job before the target. */
export function bundleFlags(args: readonly string[]) {
  const flags = parser(args).parseSync();
  if (flags.verb === undefined)
    throw new UsageError(`The verb is missing: npm run bundle ${VERBS.join(' | ')}. See --help.`);
  const verb = VERBS.find((one) => one === flags.verb);
  if (!verb)
    throw new UsageError(`The verb must be one of ${VERBS.join(', ')}, not "${flags.verb}". See --help.`);
  const words = (flags.target ?? []) as string[];
  const most = verb === 'run' ? 2 : 1;
  if (words.length > most) throw new UsageError(`Unexpected argument "${words[most]}". See --help.`);
  if (flags.param && verb !== 'run' && verb !== 'verify')
    throw new UsageError('--param can only be used with run and verify. See --help.');
  if (flags.restart && verb !== 'run')
    throw new UsageError('--restart can only be used with run. See --help.');
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
  const values = new Map<string, string>();
  for (const pair of given) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`--${flag} must be name=value, not "${pair}".`);
    const name = pair.slice(0, equals);
    if (values.has(name)) throw new UsageError(`--${flag} ${name} was given more than once.`);
    values.set(name, pair.slice(equals + 1));
  }
  return Object.fromEntries(values);
}
