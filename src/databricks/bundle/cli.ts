/** Finds the Databricks CLI and calls it. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import { runInTerminal } from '../../terminal-program.ts';
import { at } from './tree.ts';
import { type Checks, checksIn, VERIFY } from './verify.ts';

/**
 * The first CLI version whose direct engine deploys all resources of this bundle. databricks.yml requires the same
 * version.
 */
const LEAST = [1, 13];

export interface Cli {
  readonly program: string;
  /** `1.13.0` */
  readonly version: string;
}

/**
 * Returns the first `databricks` in `folders`; undefined if there is none.
 * @throws AppError if its version is too old
 */
export async function findCli(folders: readonly string[]): Promise<Cli | undefined> {
  for (const program of folders.map((folder) => path.join(folder, 'databricks'))) {
    const usable = await access(program, constants.X_OK)
      .then(() => stat(program))
      .then(
        (found) => found.isFile(),
        () => false,
      );
    if (usable) return { program, version: await versionOf(program) };
  }
  return undefined;
}

async function versionOf(program: string): Promise<string> {
  const printed = (await output(program, ['--version'])) ?? '';
  // "Databricks CLI v1.13.0"; a build from source reports 0.0.0-dev.
  const version = /(\d+\.\d+\.\d+[\w.-]*)/.exec(printed)?.[1] ?? 'unknown';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least = 0, then = 0] = LEAST;
  if (!/-dev/.test(version) && (major < least || (major === least && minor < then)))
    throw new AppError(
      'CLI_TOO_OLD',
      `${program} is version ${version}, but version ${LEAST.join('.')} or later is needed: update it, or remove it from PATH.`,
    );
  return version;
}

export interface CliRun {
  readonly verb: string;
  readonly target: string;
  /** Arguments after the verb, such as a job's key. */
  readonly words?: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Job parameters. The CLI's `--params` is not used, because it would remove commas and quotes from values. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The folder of databricks.yml. */
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Returns the arguments of `databricks`, such as `bundle deploy batch -t local --var=a=b`. */
const cliArguments = ({
  verb,
  target,
  words = [],
  variables,
  flags = [],
  parameters = {},
}: CliRun): string[] => [
  'bundle',
  verb,
  ...words,
  '-t',
  target,
  ...Object.entries(variables).map(([name, value]) => `--var=${name}=${value}`),
  ...flags,
  ...(Object.keys(parameters).length > 0 ? ['--'] : []),
  ...Object.entries(parameters).map(([name, value]) => `--${name}=${value}`),
];

/** Returns whether the file `name` exists in the bundle's state folder, queried with the CLI's credentials. */
export async function hasStateFile(cli: Cli, run: Omit<CliRun, 'verb'>, name: string): Promise<boolean> {
  const validated = await ask(cli, run, cliArguments({ ...run, verb: 'validate', flags: ['-o', 'json'] }));
  const state_path = at(validated && JSON.parse(validated), 'workspace.state_path');
  // The CLI reports an invalid bundle itself when it carries out the requested verb.
  if (typeof state_path !== 'string') return false;
  const words = ['workspace', 'get-status', `${state_path}/${name}`, '-t', run.target];
  return (await ask(cli, run, words)) !== undefined;
}

/**
 * Returns the id of the newest run of the job verify, queried with the CLI's credentials; undefined if there is no run.
 */
export async function newestVerify(cli: Cli, run: Omit<CliRun, 'verb'>): Promise<unknown> {
  const summary = await ask(cli, run, cliArguments({ ...run, verb: 'summary', flags: ['-o', 'json'] }));
  const job = at(summary && JSON.parse(summary), `resources.jobs.${VERIFY}.id`);
  if (job === undefined) return undefined;
  return at(
    await askJson(cli, run, 'jobs', 'list-runs', '--job-id', String(job), '--limit', '1'),
    '[0].run_id',
  );
}

/**
 * Returns the task results of a run of the job verify, queried with the CLI's credentials.
 * @throws FileError if a result does not have the expected form
 */
export async function checksByCli(cli: Cli, run: Omit<CliRun, 'verb'>, run_id: unknown): Promise<Checks[]> {
  const tasks = at(await askJson(cli, run, 'jobs', 'get-run', String(run_id)), 'tasks');
  return checksIn(Array.isArray(tasks) ? tasks : [], async (task) =>
    at(await askJson(cli, run, 'jobs', 'get-run-output', String(task)), 'notebook_output.result'),
  );
}

const askJson = async (cli: Cli, run: Omit<CliRun, 'verb'>, ...words: string[]): Promise<unknown> =>
  JSON.parse((await ask(cli, run, [...words, '-t', run.target, '-o', 'json'])) ?? 'null');

const ask = ({ program }: Cli, { root, environment }: Omit<CliRun, 'verb'>, words: readonly string[]) =>
  output(program, words, { cwd: root, env: environment });

/** Returns the output of a program; undefined if it fails. */
async function output(
  program: string,
  words: readonly string[],
  options: SpawnOptions = {},
): Promise<string | undefined> {
  const child = spawn(program, words, { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (data: string) => {
    printed += data;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0 ? printed : undefined;
}

/** Runs the CLI in this terminal; resolves with its exit code. */
export const runCli = ({ program }: Cli, run: CliRun): Promise<number> =>
  runInTerminal(program, cliArguments(run), { cwd: run.root, env: run.environment });
