/** Deploys a bundle to a workspace without the Databricks CLI: changes only what differs. */
import { AppError } from '../../errors.ts';
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { planDashboards } from './dashboards.ts';
import { planFiles } from './files.ts';
import { planJobs } from './jobs.ts';
import { isLocked, LOCK_TIMES, type LockTimes, takeLock } from './lock.ts';
import { type Deployed, ownerOf, readRecord, writeRecord } from './record.ts';
import { planSecurables, SCHEMAS, VOLUMES } from './securables.ts';
import type { Change, Step } from './step.ts';

export interface DeployOptions {
  /** The user's name, shown to other users while this deployment holds the lock. */
  readonly user: string;
  /** Called with the planned changes, with each change that is made, and with notes about waits for the lock. */
  readonly report?: (event: DeployEvent) => void;
  /**
   * Called before data is deleted; resolves with whether the user agrees. If omitted, a deployment that would delete
   * data fails.
   */
  readonly agrees?: (losing: readonly Change[]) => Promise<boolean>;
  /** Once aborted, no further step is begun. */
  readonly signal?: AbortSignal;
  readonly lockTimes?: LockTimes;
}

export type DeployEvent =
  | { readonly kind: 'planned'; readonly changes: readonly Change[] }
  | { readonly kind: 'changed'; readonly changes: readonly Change[] }
  | { readonly kind: 'note'; readonly line: string };

/** Returns the changes that a deployment would make, in order. Writes nothing. @throws AppError */
export async function plan(workspace: Workspace, bundle: Bundle): Promise<Change[]> {
  await refuseMixing(workspace, bundle);
  const deployed = await readRecord(workspace, bundle);
  return (await stepsOf(workspace, bundle, deployed)).flatMap(({ changes }) => changes);
}

/**
 * Deploys, and resolves with the changes; writes nothing if nothing differs. Idempotent, also after a kill.
 * Prints nothing: progress goes to `report`.
 * @throws AppError
 */
export async function deploy(
  workspace: Workspace,
  bundle: Bundle,
  options: DeployOptions,
): Promise<Change[]> {
  const planned = await plan(workspace, bundle);
  options.report?.({ kind: 'planned', changes: planned });
  // If nothing is planned but the lock exists, a deployment may have been killed just before its end. Continue, because
  // that removes its lock.
  if (planned.length === 0 && !(await isLocked(workspace, bundle.workspace.state_path))) return [];
  await requireConsent(planned, options.agrees);
  return locked(workspace, bundle, options, async (deployed, carryOut) => {
    await refuseMixing(workspace, bundle);
    // Another user may have deployed in the meantime: ask for consent to changes that are new.
    const steps = await stepsOf(workspace, bundle, deployed);
    const others = steps
      .flatMap(({ changes }) => changes)
      .filter(({ name }) => !planned.some((one) => one.name === name));
    await requireConsent(others, options.agrees);
    return carryOut(steps);
  });
}

/** Returns the steps in order of dependency; deletions come last, in reverse order. */
async function stepsOf(workspace: Workspace, bundle: Bundle, deployed: Deployed): Promise<Step[]> {
  if (bundle.others.length > 0)
    throw new AppError(
      'NEEDS_CLI',
      `Only the Databricks CLI deploys ${bundle.others.join(' and ')}, which the bundle has for target ${bundle.target}: put \`databricks\` on PATH.`,
    );
  const planning = { workspace, bundle, deployed };
  const [schemas, volumes, files, jobs, dashboards] = await Promise.all([
    planSecurables(SCHEMAS, bundle.schemas, planning),
    planSecurables(VOLUMES, bundle.volumes, planning),
    planFiles(planning),
    planJobs(planning),
    planDashboards(planning),
  ]);
  return [
    ...[...schemas.set, ...volumes.set, ...files.upload, ...jobs.set, ...dashboards.set],
    ...[...dashboards.remove, ...jobs.remove, ...files.tidy, ...volumes.remove, ...schemas.remove],
  ];
}

/**
 * Runs `work` while holding the lock. `carryOut` writes the record before the first step and after the last step, also
 * if a step fails.
 */
export async function locked(
  workspace: Workspace,
  bundle: Bundle,
  { user, report = () => {}, signal, lockTimes = LOCK_TIMES }: DeployOptions,
  work: (deployed: Deployed, carryOut: (steps: readonly Step[]) => Promise<Change[]>) => Promise<Change[]>,
): Promise<Change[]> {
  const says = (line: string) => report({ kind: 'note', line });
  const lock = await takeLock(workspace, bundle.workspace.state_path, user, lockTimes, says);
  try {
    const deployed = await readRecord(workspace, bundle);
    return await work(deployed, async (steps) => {
      for (const { intend } of steps) intend?.(deployed);
      await writeRecord(workspace, bundle, deployed);
      try {
        for (const step of steps) {
          signal?.throwIfAborted();
          lock.check();
          await step.apply(deployed);
          report({ kind: 'changed', changes: step.changes });
        }
      } catch (error) {
        // Record the completed steps. If the record can't be written either, the first error is more useful.
        if (!lock.lost()) await writeRecord(workspace, bundle, deployed).catch(() => {});
        throw error;
      }
      lock.check();
      await writeRecord(workspace, bundle, deployed);
      return steps.flatMap(({ changes }) => changes);
    });
  } finally {
    await lock.release();
  }
}

/** @throws AppError if the Databricks CLI deployed this target to this workspace */
export async function refuseMixing(workspace: Workspace, bundle: Bundle): Promise<void> {
  if ((await ownerOf(workspace, bundle)) !== 'cli') return;
  throw new AppError(
    'OTHER_DEPLOYER',
    `The Databricks CLI deployed target ${bundle.target} to ${bundle.workspace.root_path}. Deploying it without the CLI would create the jobs twice: put \`databricks\` on PATH, or destroy the target with the CLI first.`,
  );
}

async function requireConsent(changes: readonly Change[], agrees: DeployOptions['agrees']): Promise<void> {
  const losing = changes.filter(({ loses }) => loses);
  if (losing.length === 0 || (await agrees?.(losing))) return;
  throw new AppError(
    'NOT_AGREED',
    `Nothing was changed: ${losing.map(({ kind, name, loses }) => `${kind} ${name} would be deleted ${loses}`).join(', ')}. Add -- --yes to delete it.`,
  );
}
