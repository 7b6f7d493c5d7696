/** `npm run bundle` without the Databricks CLI. */
import readline from 'node:readline/promises';
import type { Bundle } from '../../src/databricks/bundle/bundle.ts';
import { type DeployEvent, deploy, plan } from '../../src/databricks/bundle/deploy.ts';
import { destroy, planDestroy } from '../../src/databricks/bundle/destroy.ts';
import { changeLines, changeProgress, counted, runDisplay } from '../../src/databricks/bundle/display.ts';
import type { Person } from '../../src/databricks/bundle/lookup.ts';
import { runJob } from '../../src/databricks/bundle/run.ts';
import type { Change } from '../../src/databricks/bundle/step.ts';
import { summaryLines } from '../../src/databricks/bundle/summary.ts';
import { collect, connect, type Workspace } from '../../src/databricks/client.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { UsageError } from '../../src/errors.ts';
import { type Interrupts, interrupts } from '../interrupts.ts';
import type { BundleFlags } from './flags.ts';

/** The exit code of what Ctrl-C ended (128 + SIGINT). */
const INTERRUPTED = 130;

type Load = (person: Person) => Promise<Bundle>;

interface Asked {
  readonly flags: BundleFlags;
  readonly job: string;
  readonly connection: Pick<Connection, 'host' | 'token'>;
  readonly load: Load;
}

interface Opened {
  readonly workspace: Workspace;
  readonly bundle: Bundle;
  readonly user: string;
}

/** Exit code 0 when done, 1 where the run failed or a person said no, 130 after Ctrl-C. */
export async function bySdk({ flags, job, connection, load }: Asked): Promise<number> {
  const opened = await open(connection, load);
  const { workspace, bundle } = opened;
  const { first, second, release } = interrupts();
  try {
    if (flags.verb === 'run') return await follow(opened, job, flags.parameters, { first, second });
    console.log(
      `${bundle.name}, target ${bundle.target}, at ${workspace.host} as ${opened.user}, through the SDK`,
    );
    if (flags.verb === 'plan') say(await plan(workspace, bundle));
    else if (flags.verb === 'summary')
      for (const line of await summaryLines(workspace, bundle)) console.log(line);
    else if (flags.verb === 'deploy') return await deployed(opened, flags.yes, first);
    else return await destroyed(opened, flags.yes, first);
    return 0;
  } catch (error) {
    if (!first.aborted || (error as Error).name !== 'AbortError') throw error;
    console.error('Stopped: run it again to go on.');
    return INTERRUPTED;
  } finally {
    release();
  }
}

async function open(connection: Asked['connection'], load: Load): Promise<Opened> {
  const workspace = connect(connection);
  const { userName: user = '' } = await workspace.call((client) => client.currentUser.me());
  const listed = await workspace.call((client) => collect(client.warehouses.list({})));
  const warehouses = new Map(listed.map(({ name = '', id = '' }) => [name, id]));
  return { workspace, user, bundle: await load({ userName: user, host: workspace.host, warehouses }) };
}

async function deployed(
  { workspace, bundle, user }: Opened,
  yes: boolean,
  signal: AbortSignal,
): Promise<number> {
  const progress = changeProgress(process.stdout);
  const report = (event: DeployEvent) => {
    if (event.kind === 'planned') say(event.changes);
    else progress.report(event);
  };
  const agrees = async (losing: readonly Change[]) => yes || ask(losing, 'deploy');
  const changes = await deploy(workspace, bundle, { user, report, agrees, signal }).finally(progress.stop);
  if (changes.length > 0) console.log('deployed');
  return 0;
}

async function destroyed(
  { workspace, bundle, user }: Opened,
  yes: boolean,
  signal: AbortSignal,
): Promise<number> {
  const planned = await planDestroy(workspace, bundle);
  say(planned);
  if (planned.length > 0 && !yes && !(await ask(planned, 'destroy'))) return 1;
  const { report, stop } = changeProgress(process.stdout);
  await destroy(workspace, bundle, { user, report, signal }).finally(stop);
  console.log('destroyed: nothing of it is left');
  return 0;
}

function say(changes: readonly Change[]): void {
  for (const line of changeLines(changes)) console.log(line);
  console.log(counted(changes));
}

async function ask(changes: readonly Change[], verb: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      `Data would be deleted, and there is nobody to ask here: "npm run bundle ${verb} … -- --yes" does not ask.`,
    );
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  // Each of them was told just now.
  const losing = changes.filter(({ loses }) => loses).length;
  const what =
    losing < changes.length ? `all of that, ${losing} of it with its data` : 'all of that with its data';
  const answer = await terminal.question(`Delete ${what}? (y/N) `);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

async function follow(
  { workspace, bundle }: Opened,
  job: string,
  parameters: Readonly<Record<string, string>>,
  { first, second }: Pick<Interrupts, 'first' | 'second'>,
): Promise<number> {
  const display = runDisplay(process.stdout, bundle.jobs[job]?.name ?? job);
  const canceling = () => console.error('canceling the run; Ctrl-C again: without waiting for its end');
  first.addEventListener('abort', canceling, { once: true });
  const running = runJob(workspace, bundle, job, { parameters, report: display.report, signal: first });
  const impatient = new Promise<undefined>((resolve) => {
    second.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const run = await Promise.race([running, impatient]);
  if (run) display.finish(run);
  if (run?.state === 'SUCCESS') return 0;
  return first.aborted ? INTERRUPTED : 1;
}
