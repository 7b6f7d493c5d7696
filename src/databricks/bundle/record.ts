/**
 * The record of a deployment, stored in the workspace as `<state_path>/deployed.json`. It lists the schemas and volumes
 * that the bundle owns. Its hashes avoid uploads and updates that would change nothing. After a deployment was killed,
 * the record may lack changes that were made; the next deployment repeats them. Schemas and volumes are recorded before
 * they are created, because the next deployment rejects a schema or volume that exists but is not in the record.
 */
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import type { Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { list, read, write } from './folder.ts';

export const RECORD = 'deployed.json';

/** Files that the Databricks CLI keeps in the same folder. The names depend on its deployment engine. */
const OF_THE_CLI = ['resources.json', 'terraform.tfstate', 'deployment.json', 'metadata.json'];

const shape = z.object({
  deployed_by: z.literal('npm run bundle'),
  /** By path from the bundle's root; without `sha256`, the upload has begun but not ended. */
  files: z.record(
    z.string(),
    z.object({ sha256: z.string().optional(), modified_at: z.number().optional() }),
  ),
  /** By key: hashes of the job as it was sent, and as the workspace then returned it. */
  jobs: z.record(z.string(), z.object({ job_id: z.number(), sent: z.string(), answered: z.string() })),
  /** By key; without `sent`, the deployment has begun but not ended. Records of earlier versions lack this field. */
  dashboards: z
    .record(
      z.string(),
      z.object({ dashboard_id: z.string(), sent: z.string().optional(), etag: z.string().optional() }),
    )
    .default({}),
  /** Full names of the schemas and volumes that the bundle owns. */
  schemas: z.array(z.string()),
  volumes: z.array(z.string()),
  /** Full names of schemas and volumes that the bundle protects from deletion. */
  kept: z.array(z.string()),
});

export type Deployed = z.infer<typeof shape>;

const nothingDeployed = (): Deployed => ({
  deployed_by: 'npm run bundle',
  files: {},
  jobs: {},
  dashboards: {},
  schemas: [],
  volumes: [],
  kept: [],
});

const place = ({ workspace }: Bundle): string => `${workspace.state_path}/${RECORD}`;

/** Returns the record; it lists nothing if only the CLI has deployed this bundle, or nobody. @throws AppError if it can't be read */
export async function readRecord(workspace: Workspace, bundle: Bundle): Promise<Deployed> {
  const text = await read(workspace, place(bundle));
  if (text === undefined) return nothingDeployed();
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw new AppError(
      'RECORD_BROKEN',
      `The record of the deployment, ${place(bundle)} in the workspace, can't be read: restore an earlier version of the file, or delete the deployed resources and the file by hand.`,
    );
  }
}

export const writeRecord = (workspace: Workspace, bundle: Bundle, deployed: Deployed): Promise<void> =>
  write(workspace, place(bundle), `${JSON.stringify(deployed, null, 2)}\n`);

/**
 * Returns which tool deployed this target; undefined if none did. A deployment with the other tool would create the
 * jobs twice.
 */
export async function ownerOf(workspace: Workspace, bundle: Bundle): Promise<'cli' | 'sdk' | undefined> {
  const names = (await list(workspace, bundle.workspace.state_path)).map(
    ({ path }) => path.split('/').at(-1) ?? '',
  );
  if (names.includes(RECORD)) return 'sdk';
  return names.some((name) => OF_THE_CLI.includes(name)) ? 'cli' : undefined;
}
