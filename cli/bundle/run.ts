/** Carries out `npm run bundle`: through the Databricks CLI if it is installed, otherwise through the SDK. */
import { type Bundle, loadBundle } from '../../src/databricks/bundle/bundle.ts';
import {
  type Cli,
  checksByCli,
  findCli,
  hasStateFile,
  newestVerify,
  runCli,
} from '../../src/databricks/bundle/cli.ts';
import { ofTarget, readBundle } from '../../src/databricks/bundle/load.ts';
import type { Person } from '../../src/databricks/bundle/lookup.ts';
import { RECORD } from '../../src/databricks/bundle/record.ts';
import { isAlwaysRunning } from '../../src/databricks/bundle/run.ts';
import type { Tree } from '../../src/databricks/bundle/tree.ts';
import { VERIFY } from '../../src/databricks/bundle/verify.ts';
import { type Connection, readLocal } from '../../src/databricks/connection.ts';
import { UsageError } from '../../src/errors.ts';
import { counted } from '../../src/format.ts';
import { ROOT } from '../../src/root.ts';
import { environmentWith, readSettings, type Settings } from '../../src/settings.ts';
import { checkLines } from './checks.ts';
import { type BundleFlags, USUAL_JOB } from './flags.ts';

/** The user and the workspace's address that are used when no workspace is called. */
const NOBODY: Person = { userName: 'someone@example.com', host: 'https://workspace.example.com' };

/**
 * The targets that can be deployed without the CLI. The other targets have settings that only the CLI can deploy: for
 * example, `run_as` in prod, and the tags of development mode in dev.
 */
const WITHOUT_CLI = ['local', 'free'];

/**
 * Resolves with the exit code of the CLI if it is called. Otherwise: 0 when done, 1 if a run failed or the user
 * declined, 128 plus the signal's number after an interruption.
 */
export async function runBundle(flags: BundleFlags): Promise<number> {
  const settings = readSettings();
  const tree = await readBundle(ROOT);
  const { job, target } = named(flags, tree);
  const { bundleVariables: environment } = settings;
  for (const name of Object.keys(environment).filter((one) => !Object.hasOwn(tree.variables ?? {}, one)))
    console.error(`note: BUNDLE_VAR_${name} is ignored, because databricks.yml has no variable ${name}.`);
  const given = { root: ROOT, tree, target, variables: flags.variables, environment };
  const cli = flags.withoutCli ? undefined : await findCli(settings.path);
  // Before the bundle is loaded, which may report variables that are missing.
  if (!cli && flags.verb !== 'validate' && !WITHOUT_CLI.includes(target))
    throw new UsageError(
      flags.withoutCli
        ? `Target ${target} needs the Databricks CLI: omit --without-cli.`
        : `Target ${target} needs the Databricks CLI, and there is no \`databricks\` on PATH: see https://docs.databricks.com/dev-tools/cli/install for how to install it. Only the targets ${WITHOUT_CLI.join(' and ')} can be deployed without it.`,
    );
  // Before the CLI is called, this reports mistakes that the CLI does not find.
  const offline = await loadBundle({ ...given, person: NOBODY });
  if (cli) return byCli(cli, { flags, settings, job, target, bundle: offline });

  if (flags.verb === 'validate') {
    console.log(
      `Target ${target} is valid: ${contents(offline)}. Checked on this machine, without the Databricks CLI.`,
    );
    return 0;
  }
  const connection = await connectionOf(target, settings);
  const { bySdk } = await import('./sdk.ts');
  return bySdk({ flags, job, connection, load: (person) => loadBundle({ ...given, person }) });
}

/**
 * Returns the job and the target. A single word after `run` is a target if a target has this name (`run local`);
 * otherwise it is a job (`run batch`).
 */
function named({ verb, words }: BundleFlags, tree: Tree): { job: string; target: string } {
  const [first, second] = words;
  const { targets } = ofTarget(tree);
  const alone = verb !== 'run' || (second === undefined && first !== undefined && targets.includes(first));
  const [job = USUAL_JOB, wanted] = alone ? [undefined, first] : [first, second];
  const { target } = ofTarget(tree, wanted);
  return { job, target };
}

interface BundleRequest {
  readonly flags: BundleFlags;
  readonly settings: Settings;
  readonly job: string;
  readonly target: string;
  readonly bundle: Bundle;
}

async function byCli(cli: Cli, { flags, settings, job, target, bundle }: BundleRequest): Promise<number> {
  const { verb, variables, parameters, yes, restart } = flags;
  console.log(
    `Target ${target} is valid (${contents(bundle)}); now calling the Databricks CLI ${cli.version}.`,
  );
  const local = target === 'local' ? await readLocal(settings.databricks.local) : undefined;
  const common = {
    target,
    variables,
    root: ROOT,
    environment: environmentWith(local ? { DATABRICKS_HOST: local.host, DATABRICKS_TOKEN: local.token } : {}),
  };
  if (WITHOUT_CLI.includes(target) && verb !== 'validate' && (await hasStateFile(cli, common, RECORD)))
    throw new UsageError(
      `Target ${target} was deployed without the Databricks CLI. Deploying it with the CLI would create the jobs twice: add -- --without-cli, or destroy the target with that flag first.`,
    );
  const approved = yes ? ['--auto-approve'] : [];
  if (verb === 'verify') {
    const deployed = await runCli(cli, { ...common, verb: 'deploy', flags: approved });
    if (deployed !== 0) return deployed;
    const before = await newestVerify(cli, common);
    const code = await runCli(cli, { ...common, verb: 'run', words: [VERIFY], parameters });
    const run_id = await newestVerify(cli, common);
    // If the newest run is unchanged, this command started no run, and an earlier run's checks don't apply.
    const found = run_id === undefined || run_id === before ? [] : await checksByCli(cli, common, run_id);
    for (const line of found.flatMap(checkLines)) console.log(line);
    return code;
  }
  return runCli(cli, {
    ...common,
    verb,
    words: verb === 'run' ? [job] : [],
    flags: [
      ...(verb === 'validate' ? ['--strict'] : []),
      ...(verb === 'deploy' || verb === 'destroy' ? approved : []),
      ...(restart ? ['--restart'] : []),
      // Otherwise the CLI waits for the run's end, for 24 hours, and then fails.
      ...(verb === 'run' && isAlwaysRunning(bundle.jobs[job]) ? ['--no-wait'] : []),
    ],
    parameters,
  });
}

async function connectionOf(
  target: string,
  { databricks }: Settings,
): Promise<Pick<Connection, 'host' | 'token'>> {
  if (target === 'local') return readLocal(databricks.local);
  const { host, token } = databricks;
  if (host && token) return { host, token };
  throw new UsageError(`Target ${target} needs DATABRICKS_HOST and DATABRICKS_TOKEN: set both.`);
}

const contents = ({ jobs, dashboards, schemas, volumes, files }: Bundle): string =>
  [
    counted(Object.keys(jobs).length, 'job'),
    counted(Object.keys(dashboards).length, 'dashboard'),
    counted(Object.keys(schemas).length, 'schema'),
    counted(Object.keys(volumes).length, 'volume'),
    counted(files.length, 'file'),
  ].join(', ');
