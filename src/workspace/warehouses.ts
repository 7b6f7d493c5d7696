/** Which SQL warehouse answers, and where: asked of the workspace's REST API. */
import { z } from 'zod';
import { AppError, UsageError } from '../errors.ts';
import type { Connection } from './connection.ts';

const WAREHOUSES = '/api/2.0/sql/warehouses';

/** How long the workspace may take to answer. */
const TIMEOUT_MS = 30_000;

const warehouse = z.object({
  id: z.string(),
  name: z.string().default(''),
  state: z.string().default(''),
  odbc_params: z.object({ hostname: z.string(), port: z.coerce.number(), path: z.string() }),
});

type Warehouse = z.infer<typeof warehouse>;

/** States in the order in which their warehouses answer soonest; one that is stopped starts with its first statement. */
const USABLE = ['RUNNING', 'STARTING', 'STOPPED', 'STOPPING'];

/** Where SQL is answered; `certificate` is the authority to trust besides the public ones. */
export interface SqlPlace {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly certificate?: string;
}

/**
 * The warehouse of that id, else the one that answers soonest.
 *
 * @throws AppError where the workspace does not answer, refuses, or has none
 */
export async function findWarehouse(connection: Connection, id?: string): Promise<SqlPlace> {
  const certificate = connection.sql && { certificate: connection.sql.certificate };
  if (id === undefined) {
    if (connection.sql) return connection.sql;
    const { warehouses } = await ask(
      connection,
      WAREHOUSES,
      z.object({ warehouses: z.array(warehouse).default([]) }),
    );
    return placeOf(soonest(warehouses, connection.host));
  }
  const found = await ask(connection, `${WAREHOUSES}/${encodeURIComponent(id)}`, warehouse);
  return { ...placeOf(found), ...certificate };
}

function soonest(warehouses: readonly Warehouse[], host: string): Warehouse {
  for (const state of USABLE) {
    const found = warehouses.find((one) => one.state === state);
    if (found) return found;
  }
  throw new UsageError(
    `${host} has no SQL warehouse that may be used: make one there, or name one by DATABRICKS_WAREHOUSE_ID.`,
  );
}

const placeOf = ({ odbc_params: { hostname: host, port, path } }: Warehouse): SqlPlace => ({
  host,
  port,
  path,
});

async function ask<T>({ host, token }: Connection, route: string, shape: z.ZodType<T>): Promise<T> {
  let response: Response;
  try {
    response = await fetch(new URL(route, host), {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw unreachable(host, error);
  }
  const text = await response.text();
  if (response.status === 401 || response.status === 403) throw refused(host);
  if (!response.ok)
    throw new AppError('WAREHOUSE', `${host} can't say where SQL is answered: ${messageOf(text)}`, {
      retriable: response.status === 429 || response.status >= 500,
    });
  const { success, data } = shape.safeParse(parsed(text));
  if (success) return data;
  throw new AppError(
    'WAREHOUSE',
    `${host} does not answer as a Databricks workspace does: is DATABRICKS_HOST right?`,
  );
}

/** Nothing answers there. */
export function unreachable(host: string, error: unknown): AppError {
  const { cause, code, message } = error as Error & { code?: string; cause?: { code?: string } };
  const local = /^(https?:\/\/)?(127\.0\.0\.1|localhost)\b/.test(host);
  const advice = local
    ? 'start the workspace on this machine with npm run local'
    : 'is DATABRICKS_HOST right?';
  return new AppError(
    'WORKSPACE_UNREACHABLE',
    `${host} does not answer (${cause?.code ?? code ?? message}): ${advice}.`,
    { retriable: true, cause: error },
  );
}

/** The token is not one that the workspace knows. */
export const refused = (host: string): AppError =>
  new AppError(
    'TOKEN_REFUSED',
    `${host} refused the token: DATABRICKS_TOKEN must be a valid one of its own.`,
  );

const messageOf = (text: string): string =>
  (parsed(text) as { message?: string } | undefined)?.message ?? text.slice(0, 200);

/** Undefined for what is no JSON: a proxy's page. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
