/** `npm run bundle` without the Databricks CLI. */

import type { Bundle } from '../../src/databricks/bundle/bundle.ts';
import { type DeployEvent, deploy, plan } from '../../src/databricks/bundle/deploy.ts';
import { destroy, planDestroy } from '../../src/databricks/bundle/destroy.ts';
import {
  changeLines,
  changeProgress,
  countsByAction,
  runDisplay,
} from '../../src/databricks/bundle/display.ts';
import type { Person } from '../../src/databricks/bundle/lookup.ts';
import { ownerOf } from '../../src/databricks/bundle/record.ts';
import { runJob } from '../../src/databricks/bundle/run.ts';
import type { Change } from '../../src/databricks/bundle/step.ts';
import { summaryLines } from '../../src/databricks/bundle/summary.ts';
import { checksOfRun, VERIFY } from '../../src/databricks/bundle/verify.ts';
import { collect, connect, notWorkspace, type Workspace } from '../../src/databricks/client.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { counted } from '../../src/format.ts';
import { type Interrupts, interrupts } from '../../src/interrupts.ts';
import { printable } from '../../src/visible.ts';
import { confirm } from '../confirm.ts';
import { checkLines } from './checks.ts';
import type { BundleFlags } from './flags.ts';

type Load = (person: Person) => Promise<Bundle>;

interface BundleRequest {
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

/** Resolves with exit code 0 when done, 1 if the run failed or the user declined, 128 plus the signal's number after an interruption. */
export async function bySdk({ flags, job, connection, load }: BundleRequest): Promise<number> {
  const opened = await open(connection, load);
  const { workspace, bundle } = opened;
  if (flags.verb !== 'run')
    console.log(
      printable(
        `${bundle.name}, target ${bundle.target}, at ${workspace.host} as ${opened.user}, through the SDK`,
      ),
    );
  if (flags.verb === 'plan') say(await plan(workspace, bundle));
  else if (flags.verb === 'summary')
    for (const line of await summaryLines(workspace, bundle)) console.log(line);
  else return await change(opened, job, flags);
  return 0;
}

/** Carries out a verb that changes the workspace. An interruption takes effect between two steps, never within a step. */
async function change(opened: Opened, job: string, flags: BundleFlags): Promise<number> {
  const taken = interrupts({ twice: flags.verb === 'run' || flags.verb === 'verify' });
  try {
    if (flags.verb === 'run') {
      await noteChanges(opened);
      return (await follow(opened, job, flags, taken)).code;
    }
    if (flags.verb === 'destroy') return await destroyed(opened, flags.yes, taken.first);
    // Also before verify, so that this job runs the current notebooks. Without changes, a deployment writes nothing.
    await deployed(opened, flags.yes, taken.first);
    return flags.verb === 'verify' ? await verified(opened, flags, taken) : 0;
  } catch (error) {
    if (!taken.first.aborted || (error as Error).name !== 'AbortError') throw error;
    console.error('Stopped: run the command again to continue.');
    return taken.exitCode;
  } finally {
    taken.release();
  }
}

async function open(connection: BundleRequest['connection'], load: Load): Promise<Opened> {
  const workspace = connect(connection);
  const me = await workspace.call((client) => client.currentUser.me());
  const user = me?.userName;
  // After a redirect, the SDK returns an empty object.
  if (!user) throw notWorkspace(workspace.host);
  const listed = await workspace.call((client) => collect(client.warehouses.list({})));
  const warehouses = new Map(listed.map(({ name = '', id = '' }) => [name, id]));
  return { workspace, user, bundle: await load({ userName: user, host: workspace.host, warehouses }) };
}

async function deployed(
  { workspace, bundle, user }: Opened,
  yes: boolean,
  signal: AbortSignal,
): Promise<void> {
  const progress = changeProgress(process.stdout);
  const report = (event: DeployEvent) => {
    if (event.kind === 'planned') say(event.changes);
    else progress.report(event);
  };
  const agrees = async (losing: readonly Change[]) => yes || ask(losing, 'deploy', signal);
  const changes = await deploy(workspace, bundle, { user, report, agrees, signal }).finally(progress.stop);
  if (changes.length > 0) console.log('deployed');
}

async function destroyed(
  { workspace, bundle, user }: Opened,
  yes: boolean,
  signal: AbortSignal,
): Promise<number> {
  const planned = await planDestroy(workspace, bundle);
  say(planned);
  if (planned.length > 0 && !yes && !(await ask(planned, 'destroy', signal))) return 1;
  const { report, stop } = changeProgress(process.stdout);
  await destroy(workspace, bundle, { user, report, signal }).finally(stop);
  console.log('destroyed: no resource is left');
  return 0;
}

function say(changes: readonly Change[]): void {
  for (const line of changeLines(changes)) console.log(line);
  console.log(countsByAction(changes));
}

async function ask(changes: readonly Change[], verb: string, signal: AbortSignal): Promise<boolean> {
  const losing = changes.filter(({ loses }) => loses).length;
  const resources = counted(changes.length, 'resource');
  const what =
    losing < changes.length ? `${resources}, ${losing} of them with data` : `${resources} with all data`;
  const command = `npm run bundle ${verb} … -- --yes`;
  return confirm(`Delete ${what}?`, { command, loss: 'Data would be deleted.', signal });
}

/** Returns whether a change only pauses or resumes a job, as before and after a rebuild. No run depends on it. */
const isPause = ({ action, details }: Change): boolean =>
  action === 'update' &&
  details.length > 0 &&
  details.every((detail) => /^(schedule|continuous)\.pause_status: /.test(detail));

/** Prints a note if the deployed notebooks and jobs, which a run uses, are not those of this folder. */
async function noteChanges({ workspace, bundle }: Opened): Promise<void> {
  const planned = async () => ((await ownerOf(workspace, bundle)) === 'sdk' ? plan(workspace, bundle) : []);
  // A user who may run a job may not be permitted to read everything that a plan reads.
  const changed = (await planned().catch(() => [])).filter((change) => !isPause(change)).length;
  if (changed > 0)
    console.error(
      `note: ${changed === 1 ? '1 file or resource differs' : `${changed} files or resources differ`} from what is deployed, which this run uses. To deploy them, run "npm run bundle deploy ${bundle.target}".`,
    );
}

async function follow(
  { workspace, bundle }: Opened,
  job: string,
  { parameters, restart }: BundleFlags,
  interrupted: Interrupts,
): Promise<{ readonly code: number; readonly run_id: number | undefined }> {
  const display = runDisplay(process.stdout, bundle.jobs[job]?.name ?? job);
  const { first, second } = interrupted;
  const canceling = () =>
    console.error('canceling the run; press Ctrl-C again to exit without waiting for it to end');
  first.addEventListener('abort', canceling, { once: true });
  const running = runJob(workspace, bundle, job, {
    parameters,
    restart,
    report: display.report,
    signal: first,
  });
  const impatient = new Promise<undefined>((resolve) => {
    second.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const run = await Promise.race([running, impatient]);
  if (run?.ended) display.finish(run);
  const failed = first.aborted ? interrupted.exitCode : 1;
  const good = run?.state === 'SUCCESS' || run?.ended === false;
  return { code: good ? 0 : failed, run_id: run?.run_id };
}

async function verified(opened: Opened, flags: BundleFlags, taken: Interrupts): Promise<number> {
  const { code, run_id } = await follow(opened, VERIFY, flags, taken);
  const found = run_id === undefined ? [] : await checksOfRun(opened.workspace, run_id);
  for (const line of found.flatMap(checkLines)) console.log(line);
  return code;
}
