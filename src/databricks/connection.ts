/** How a workspace is reached: by Databricks' own environment variables, or by what the one on this machine wrote down. */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { jsonOf, readTextIfThere } from '../files/read.ts';
import { isLoopback } from '../network.ts';
import type { Settings } from '../settings.ts';

/** Where SQL is answered, over HTTPS. */
const sqlEndpoint = z.object({
  host: z.string(),
  port: z.number().int(),
  /** `/sql/1.0/warehouses/<id>` */
  path: z.string(),
  /** The authority that signed the certificate, PEM, where it isn't a public one. */
  certificate: z.string(),
});

/** What the workspace on this machine writes for those who may use it; readable by its owner only. */
const localWorkspace = z.object({
  host: z.url(),
  token: z.string().min(1),
  sql: sqlEndpoint.optional(),
});

export type LocalWorkspace = z.infer<typeof localWorkspace>;

export interface Connection {
  readonly host: string;
  readonly token: string;
  /** Known before asking on this machine only; elsewhere the workspace's warehouses tell. */
  readonly sql?: LocalWorkspace['sql'];
}

/** @throws UsageError where neither the environment nor a workspace on this machine says how to reach one safely. */
export async function readConnection({ databricks }: Pick<Settings, 'databricks'>): Promise<Connection> {
  const { host, token } = databricks;
  if (host && token) {
    const { protocol, hostname } = new URL(host);
    if (protocol !== 'https:' && !isLoopback(hostname))
      throw new UsageError(
        `DATABRICKS_HOST is ${host}: the token would be sent in clear text; expected https://…`,
      );
    return { host, token };
  }
  if (host) throw new UsageError('DATABRICKS_HOST is set, but not DATABRICKS_TOKEN: set both, or neither.');
  return readLocal(databricks.local);
}

/** Returns the workspace on this machine. @throws UsageError where there is none. */
export async function readLocal(file: string): Promise<LocalWorkspace> {
  const text = readTextIfThere(file, USE);
  if (text === undefined)
    throw new UsageError(
      'No workspace is known: set DATABRICKS_HOST and DATABRICKS_TOKEN, or start one on this machine with npm run local.',
    );
  return jsonOf(text, localWorkspace, file, USE);
}

/** A local workspace writes it anew at each start. */
const USE = {
  is: 'The connection file',
  remedy: 'remove it and start the workspace with npm run local, or set PIPELINE_LOCAL to another file',
};
