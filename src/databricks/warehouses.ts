/** Finds a SQL warehouse and its endpoint through the workspace's REST API. */
import type { sql } from '@databricks/sdk-experimental';
import { AppError, UsageError } from '../errors.ts';
import type { Connection } from './connection.ts';

/** Usable states, ordered by how soon a warehouse responds; a stopped warehouse starts with its first statement. */
const USABLE = ['RUNNING', 'STARTING', 'STOPPED', 'STOPPING'];

const HTTPS_PORT = 443;

/** The endpoint for SQL; `certificate` is a certificate authority to trust in addition to the public authorities. */
export interface SqlEndpoint {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly certificate?: string;
}

/**
 * Returns the warehouse with that id, or the warehouse that responds soonest.
 * @throws AppError if the workspace does not respond, rejects the call, or has no warehouse
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
    `${host} has no usable SQL warehouse: create one there, set DATABRICKS_WAREHOUSE_ID, or check DATABRICKS_HOST.`,
  );
}

function placeOf({ odbc_params }: Warehouse, host: string): SqlEndpoint {
  const { hostname, port, path } = odbc_params ?? {};
  if (hostname && path) return { host: hostname, port: Number(port ?? HTTPS_PORT), path };
  throw new AppError(
    'WAREHOUSE',
    `${host} did not return the address of its SQL warehouse: check that it is a Databricks workspace.`,
  );
}
