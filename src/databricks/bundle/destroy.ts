/** Deletes everything that a deployment created: dashboards, jobs, volumes, schemas, and the bundle's folder in the workspace. */
import { posix } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Workspace, WorkspaceError } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { dashboardsOf, removingDashboard } from './dashboards.ts';
import { type DeployOptions, locked, refuseMixing } from './deploy.ts';
import { listIfThere, remove } from './folder.ts';
import { jobsOf, removing } from './jobs.ts';
import { fullName } from './model.ts';
import { type Deployed, readRecord } from './record.ts';
import {
  existing,
  isProtected,
  removingSecurable,
  SCHEMAS,
  type SecurableKind,
  VOLUMES,
} from './securables.ts';
import type { Change, Step } from './step.ts';

/**
 * Returns the deletions that `destroy` would make, in order; empty if nothing is deployed.
 * @throws AppError if the bundle protects one of the resources
 */
export async function planDestroy(workspace: Workspace, bundle: Bundle): Promise<Change[]> {
  await refuseMixing(workspace, bundle);
  const deployed = await readRecord(workspace, bundle);
  return (await stepsOf(workspace, bundle, deployed)).flatMap(({ changes }) => changes);
}

/** Deletes everything and resolves with the deletions. Idempotent, also after a kill. Asks for no consent and prints nothing. */
export async function destroy(
  workspace: Workspace,
  bundle: Bundle,
  options: DeployOptions,
): Promise<Change[]> {
  const { root_path } = bundle.workspace;
  const isThere =
    (await planDestroy(workspace, bundle)).length > 0 || (await listIfThere(workspace, root_path));
  if (!isThere) {
    await removeEmpty(workspace, root_path);
    return [];
  }
  const gone = await locked(workspace, bundle, options, async (deployed, carryOut) =>
    carryOut(await stepsOf(workspace, bundle, deployed)),
  );
  // Last, because this folder contains the record.
  await remove(workspace, root_path);
  await removeEmpty(workspace, root_path);
  return gone;
}

/** Deletes the parent folders, `.bundle/<name>` and `.bundle`, if no other target or bundle is in them. */
async function removeEmpty(workspace: Workspace, root: string): Promise<void> {
  for (let path = posix.dirname(root); path.includes('/.bundle'); path = posix.dirname(path)) {
    const entries = await listIfThere(workspace, path);
    if (entries === undefined) continue;
    if (entries.length > 0) return;
    // Not recursive, so that files that were just added remain.
    await workspace
      .call((client) => client.workspace.delete({ path, recursive: false }))
      .catch((error: WorkspaceError) => {
        if (error.retriable) throw error;
      });
  }
}

async function stepsOf(workspace: Workspace, bundle: Bundle, deployed: Deployed): Promise<Step[]> {
  refuseProtected(bundle, deployed);
  const ids = Object.values(deployed.jobs).map(({ job_id }) => job_id);
  const jobs = await jobsOf(workspace, bundle, ids);
  const there = async (sort: SecurableKind) => {
    const found = await Promise.all(
      deployed[sort.list].map(async (name) => ((await existing(sort, workspace, name)) ? [name] : [])),
    );
    return found.flat().map((name) => removingSecurable(sort, workspace, name));
  };
  const dashboards = await dashboardsOf(workspace, deployed);
  return [
    ...[...dashboards.keys()].map((key) => removingDashboard(workspace, key, deployed)),
    ...jobs.map((job) => removing(workspace, job)),
    ...(await there(VOLUMES)),
    ...(await there(SCHEMAS)),
  ];
}

function refuseProtected({ schemas, volumes }: Bundle, deployed: Deployed): void {
  const named = new Map(
    [...Object.values(schemas), ...Object.values(volumes)].map((one) => [fullName(one), isProtected(one)]),
  );
  // The bundle's current setting takes precedence over the deployed setting.
  const isKept = (name: string) => named.get(name) ?? deployed.kept.includes(name);
  const kept = [...deployed.schemas, ...deployed.volumes].find(isKept);
  if (kept)
    throw new AppError(
      'PROTECTED',
      `${kept} is protected (lifecycle.prevent_destroy): nothing was destroyed.`,
    );
}
