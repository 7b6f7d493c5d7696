/** Reads the address and token of a workspace: from Databricks' environment variables, or from the file of the local workspace. */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { jsonOf, readTextIfThere } from '../files/read.ts';
import { isLoopback } from '../network.ts';
import type { Settings } from '../settings.ts';
import { isOwnProcessAlive } from '../wait.ts';

/** The endpoint for SQL, over HTTPS. */
const sqlEndpoint = z.object({
  host: z.string(),
  port: z.number().int(),
  /** `/sql/1.0/warehouses/<id>` */
  path: z.string(),
  /** The endpoint's certificate authority as PEM. Clients need it, because it is not a public authority. */
  certificate: z.string(),
});

/** The file that the workspace on this machine writes for its clients; only its owner can read it. */
const localWorkspace = z.object({
  host: z.url(),
  token: z.string().min(1),
  /** The process of the workspace. */
  pid: z.number().int(),
  sql: sqlEndpoint.optional(),
});

export type LocalWorkspace = z.infer<typeof localWorkspace>;

export interface Connection {
  readonly host: string;
  readonly token: string;
  /** Set only for the workspace on this machine; for other workspaces, the warehouses are queried. */
  readonly sql?: LocalWorkspace['sql'];
}

/** Returns the workspace's address and token. @throws UsageError if none is configured, or the token would be sent in clear text. */
export async function readConnection({ databricks }: Pick<Settings, 'databricks'>): Promise<Connection> {
  const { host, token } = databricks;
  if (host && token) {
    requireEncrypted(host);
    return { host, token };
  }
  if (host) throw new UsageError('DATABRICKS_HOST is set, but DATABRICKS_TOKEN is not: set both or neither.');
  const local = localIfThere(databricks.local);
  if (local) return local;
  throw new UsageError(
    'No workspace is configured: set DATABRICKS_HOST and DATABRICKS_TOKEN, or start one on this machine with npm run local.',
  );
}

/** @throws UsageError if a token sent to `host` would cross a network in clear text */
export function requireEncrypted(host: string): void {
  const { protocol, hostname } = new URL(host);
  if (protocol !== 'https:' && !isLoopback(hostname))
    throw new UsageError(
      `The workspace's address must be https://…, not ${host}: the token would be sent in clear text.`,
    );
}

/** Returns the workspace on this machine. @throws UsageError if there is none. */
export async function readLocal(file: string): Promise<LocalWorkspace> {
  const local = localIfThere(file);
  if (local) return local;
  throw new UsageError('There is no workspace on this machine: start one with npm run local.');
}

function localIfThere(file: string): LocalWorkspace | undefined {
  const text = readTextIfThere(file, USE);
  if (text === undefined) return undefined;
  const local = jsonOf(text, localWorkspace, file, USE);
  // The file of a workspace that was killed: another user's program may listen on its port by now, and would get the token.
  return isOwnProcessAlive(local.pid) ? local : undefined;
}

/** The local workspace writes this file at each start. */
const USE = {
  is: 'The connection file',
  remedy: 'remove it and start the workspace with npm run local, or set PIPELINE_LOCAL to another file',
};
