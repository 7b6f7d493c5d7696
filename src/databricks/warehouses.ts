/** Which SQL warehouse answers, and where: asked of the workspace's REST API. */
import type { sql } from '@databricks/sdk-experimental';
import { AppError, UsageError } from '../errors.ts';
import type { Connection } from './connection.ts';

/** States in the order in which their warehouses answer soonest; one that is stopped starts with its first statement. */
const USABLE = ['RUNNING', 'STARTING', 'STOPPED', 'STOPPING'];

const HTTPS_PORT = 443;

/** Where SQL is answered; `certificate` is the authority to trust besides the public ones. */
export interface SqlEndpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly certificate?: string;
}

/**
 * Returns the warehouse of that id, else the one that answers soonest.
 * @throws AppError where the workspace does not answer, refuses, or has none
 */
export async function findWarehouse(connection: Connection, id?: string): Promise<SqlEndpoint> {
  if (id === undefined && connection.sql) return connection.sql;
  const { collect, connect } = await import('./client.ts');
  const workspace = connect(connection);
  const found =
    id === undefined
      ? soonest(await workspace.call(({ warehouses }) => collect(warehouses.list({}))), connection.host)
      : await workspace.call(({ warehouses }) => warehouses.get({ id }));
  return {
    ...placeOf(found, connection.host),
    ...(connection.sql && { certificate: connection.sql.certificate }),
  };
}

type Warehouse = Pick<sql.EndpointInfo, 'state' | 'odbc_params'>;

function soonest(warehouses: readonly Warehouse[], host: string): Warehouse {
  for (const state of USABLE) {
    const found = warehouses.find((one) => one.state === state);
    if (found) return found;
  }
  throw new UsageError(
    `${host} has no SQL warehouse that may be used: make one there, or name one by DATABRICKS_WAREHOUSE_ID.`,
  );
}

function placeOf({ odbc_params }: Warehouse, host: string): SqlEndpoint {
  const { hostname, port, path } = odbc_params ?? {};
  if (hostname && path) return { host: hostname, port: Number(port ?? HTTPS_PORT), path };
  throw new AppError(
    'WAREHOUSE',
    `${host} does not say where its SQL warehouse answers: is it a Databricks workspace?`,
  );
}
