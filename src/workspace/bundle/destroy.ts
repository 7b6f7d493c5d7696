/** Takes away all that a deployment brought: jobs, volumes, schemas, and the bundle's folder in the workspace. */
import path from 'node:path';
import { AppError } from '../../errors.ts';
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { type DeployOptions, locked, refuseMixing } from './deploy.ts';
import { list, remove } from './folder.ts';
import { jobsOf, removing } from './jobs.ts';
import { type Deployed, nothingDeployed, readRecord } from './record.ts';
import { existing, removingSecurable, SCHEMAS, VOLUMES } from './securables.ts';
import type { Change, Step } from './step.ts';

/** What would go, in order; nothing where nothing is deployed. @throws AppError where the bundle protects some of it */
export async function planDestroy(workspace: Workspace, bundle: Bundle): Promise<Change[]> {
  await refuseMixing(workspace, bundle);
  const deployed = (await readRecord(workspace, bundle)) ?? nothingDeployed();
  return (await stepsOf(workspace, bundle, deployed)).flatMap(({ changes }) => changes);
}

/** Resolves with what went. Killed anywhere and done again it comes to the same end. Nothing is asked and nothing printed. */
export async function destroy(
  workspace: Workspace,
  bundle: Bundle,
  options: DeployOptions,
): Promise<Change[]> {
  const { root_path } = bundle.workspace;
  if ((await planDestroy(workspace, bundle)).length === 0 && (await list(workspace, root_path)).length === 0)
    return [];
  const gone = await locked(workspace, bundle, options, async (deployed, carryOut) =>
    carryOut(await stepsOf(workspace, bundle, deployed)),
  );
  // Last, for the record is in it.
  await remove(workspace, root_path);
  await removeEmpty(workspace, path.posix.dirname(root_path));
  return gone;
}

/** `.bundle/<name>` and `.bundle`, where no other target or bundle is in them. */
async function removeEmpty(workspace: Workspace, folder: string): Promise<void> {
  if (!folder.includes('/.bundle') || (await list(workspace, folder)).length > 0) return;
  await workspace
    .call((client) => client.workspace.delete({ path: folder, recursive: false }))
    .catch(() => {
      // Somebody put something there just now, or took it away: both is theirs.
    });
  await removeEmpty(workspace, path.posix.dirname(folder));
}

async function stepsOf(workspace: Workspace, bundle: Bundle, deployed: Deployed): Promise<Step[]> {
  refuseProtected(bundle, deployed);
  const ids = Object.values(deployed.jobs).map(({ job_id }) => job_id);
  const jobs = await jobsOf(workspace, bundle, ids);
  const there = async (sort: typeof SCHEMAS | typeof VOLUMES) => {
    const found = await Promise.all(
      deployed[sort.list].map(async (name) =>
        (await existing(sort as typeof SCHEMAS, workspace, name)) ? [name] : [],
      ),
    );
    return found.flat().map((name) => removingSecurable(sort as typeof SCHEMAS, workspace, name));
  };
  return [
    ...jobs.map((job) => removing(workspace, job)),
    ...(await there(VOLUMES)),
    ...(await there(SCHEMAS)),
  ];
}

function refuseProtected({ schemas, volumes }: Bundle, deployed: Deployed): void {
  const named = [
    ...Object.values(schemas).map((one) => ({ ...one, full: SCHEMAS.nameOf(one), kind: 'schema' })),
    ...Object.values(volumes).map((one) => ({ ...one, full: VOLUMES.nameOf(one), kind: 'volume' })),
  ];
  const kept = named.find(
    ({ lifecycle, full }) =>
      lifecycle?.prevent_destroy && [...deployed.schemas, ...deployed.volumes].includes(full),
  );
  if (kept)
    throw new AppError(
      'PROTECTED',
      `The ${kept.kind} ${kept.full} is protected (lifecycle.prevent_destroy): nothing was destroyed.`,
    );
}
