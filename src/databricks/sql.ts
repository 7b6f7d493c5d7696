/**
 * Runs SQL on a workspace's warehouse, through Databricks' driver:
 *
 *     const sql = await openSql(await readConnection(settings), { catalog: 'main', schema: 'shop' });
 *     const { columns, rows } = await sql.query('SELECT * FROM clean_orders WHERE id = :id', { parameters: { id: 7 } });
 *     const { pages } = await sql.stream('SELECT * FROM raw_orders');
 *     for await (const page of pages) …
 *     await sql.close();
 *
 * Values are exact (value.ts): a BIGINT is a number up to 2^53 and a bigint beyond; DECIMAL, DATE, TIMESTAMP, TIMESTAMP_NTZ and
 * intervals are text with all digits; ARRAY is an array, MAP and STRUCT are SqlEntries. A TIMESTAMP is in UTC and ends in Z, even
 * if the session has another time zone; a TIMESTAMP_NTZ has no Z.
 */

import { DBSQLClient, DBSQLParameter, type DBSQLParameterType } from '@databricks/sql';
import { AppError } from '../errors.ts';
import { packageName } from '../names.ts';
import { PROJECT } from '../project/project.ts';
import { type Metadata, type ResultForm, readExactly, type SqlColumn } from './arrow.ts';
import type { Connection } from './connection.ts';
import { explainSql } from './sql-errors.ts';
import type { SqlValue } from './value.ts';
import { findWarehouse } from './warehouses.ts';

export type { SqlColumn, SqlValue };

/** A row's values by column name. */
export type SqlRow = Record<string, SqlValue>;

/**
 * A parameter's value. Its SQL type is inferred; for any other SQL type, give the value as text together with its
 * `type`.
 */
export type SqlParameter =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | { readonly type: string; readonly value: string };

interface StatementOptions {
  /** Values for `:name` in the statement, by name. */
  readonly parameters?: Readonly<Record<string, SqlParameter>>;
  /** Cancels the statement on the server. */
  readonly signal?: AbortSignal;
}

export interface SqlResult {
  readonly columns: readonly SqlColumn[];
  readonly rows: readonly SqlRow[];
}

export interface SqlStream {
  readonly columns: readonly SqlColumn[];
  /**
   * The rows, fetched on demand, so that only one page is in memory. Can be read once. No page is empty. If they are not
   * read to the end, `return` ends the statement.
   */
  readonly pages: AsyncGenerator<SqlValues[], void>;
}

/** A row's values in the order of the columns. */
export type SqlValues = readonly SqlValue[];

/**
 * A session. Its statements may run in parallel. `USE` and temporary views affect all later statements of the session.
 */
export interface Sql {
  /**
   * Returns all rows.
   * @throws AppError with the warehouse's message if the statement failed or was canceled, or if two columns have the same
   * name, because a row has its values by name
   */
  query(statement: string, options?: StatementOptions): Promise<SqlResult>;
  /**
   * Resolves when the first row has arrived.
   * @throws AppError with the warehouse's message if the statement failed or was canceled; reading pages may throw it
   * too
   */
  stream(statement: string, options?: StatementOptions & { readonly rowsAPage?: number }): Promise<SqlStream>;
  /** Ends the session and cancels its statements. */
  close(): Promise<void>;
}

export interface SqlOptions {
  /** The warehouse's id (`settings.databricks.warehouse`); if omitted, the first usable warehouse. */
  readonly warehouse?: string | undefined;
  /** The catalog and schema of unqualified table names. */
  readonly catalog?: string;
  readonly schema?: string;
}

const ROWS_A_PAGE = 10_000;

/** Replaces the driver's logger, which writes to the console. */
const QUIET = { log() {} };

/** Opens a session. @throws AppError if the workspace can't be reached, rejects the token, or has no such warehouse, catalog or schema */
export async function openSql(connection: Connection, options: SqlOptions = {}): Promise<Sql> {
  const { host, port, path, certificate } = await findWarehouse(connection, options.warehouse);
  const client = new DBSQLClient({ logger: QUIET });
  const explained = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => Promise.reject(explainSql(error, connection.host)));
  const open = async () => {
    await client.connect({
      host,
      port,
      path,
      token: connection.token,
      // Numbers that a double can't hold are bigint or text.
      preserveBigNumericPrecision: true,
      telemetryEnabled: false,
      userAgentEntry: packageName(PROJECT),
      ...(certificate !== undefined && { customCaCert: certificate }),
    });
    return client.openSession({
      ...(options.catalog !== undefined && { initialCatalog: options.catalog }),
      ...(options.schema !== undefined && { initialSchema: options.schema }),
    });
  };
  const close = () => client.close().catch(() => {});
  try {
    const session = await explained(open());
    const sql = new Session(session, explained, close);
    await sql.query("SET TIME ZONE 'UTC'");
    return sql;
  } catch (error) {
    await close();
    throw error;
  }
}

type DriverSession = Awaited<ReturnType<DBSQLClient['openSession']>>;
type DriverOperation = Awaited<ReturnType<DriverSession['executeStatement']>>;

class Session implements Sql {
  readonly #session: DriverSession;
  readonly #explained: <T>(work: Promise<T>) => Promise<T>;
  readonly close: () => Promise<void>;

  constructor(
    session: DriverSession,
    explained: <T>(work: Promise<T>) => Promise<T>,
    close: () => Promise<void>,
  ) {
    this.#session = session;
    this.#explained = explained;
    this.close = close;
  }

  async query(statement: string, options: StatementOptions = {}): Promise<SqlResult> {
    const { columns, pages } = await this.stream(statement, options);
    const names = columns.map(({ name }) => name);
    try {
      requireDistinct(names);
      const rows: SqlRow[] = [];
      // fromEntries treats `__proto__` like any other name.
      for await (const page of pages)
        for (const row of page)
          rows.push(Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
      return { columns, rows };
    } finally {
      await pages.return();
    }
  }

  async stream(
    statement: string,
    { parameters = {}, signal, rowsAPage = ROWS_A_PAGE }: StatementOptions & { rowsAPage?: number } = {},
  ): Promise<SqlStream> {
    signal?.throwIfAborted();
    const namedParameters = Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, driverParameter(value)]),
    );
    const operation = await this.#explained(
      // Without cloud fetch, because files downloaded from cloud storage have their own schema, which can't be
      // replaced.
      this.#session.executeStatement(statement, {
        namedParameters,
        maxRows: rowsAPage,
        useCloudFetch: false,
      }),
    );
    // After `cancel`, a pending read of rows fails with the server's response.
    const cancel = () => void operation.cancel().catch(() => {});
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    let ended: Promise<unknown> | undefined;
    const end = () => {
      signal?.removeEventListener('abort', cancel);
      ended ??= operation.close().catch(() => {});
      return ended;
    };
    try {
      const form = await this.#explained(formOf(operation));
      // Callers do not read the pages of a statement without a result.
      if (form.columns.length === 0) await end();
      const pages = this.#pages(operation, form, rowsAPage, end);
      const stop = pages.return.bind(pages);
      // A generator from which no page was read does not run its `finally`.
      pages.return = async () => {
        await end();
        return stop();
      };
      return { columns: form.columns, pages };
    } catch (error) {
      await end();
      throw error;
    }
  }

  async *#pages(
    operation: DriverOperation,
    { columns, row }: ResultForm,
    rowsAPage: number,
    end: () => Promise<unknown>,
  ): AsyncGenerator<SqlValues[], void> {
    try {
      if (columns.length === 0) return;
      do {
        const page = await this.#explained(operation.fetchChunk({ maxRows: rowsAPage }));
        if (page.length > 0) yield page.map(row);
      } while (await this.#explained(operation.hasMoreRows()));
    } finally {
      await end();
    }
  }
}

async function formOf(operation: DriverOperation): Promise<ResultForm> {
  if (!(await operation.getSchema())?.columns.length) return { columns: [], row: () => [] };
  // The driver's interface omits this method, which is public in the driver's class.
  return readExactly(await (operation as unknown as { getMetadata(): Promise<Metadata> }).getMetadata());
}

/** @throws AppError if two columns have the same name */
export function requireDistinct(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new AppError(
    'SQL_COLUMNS',
    `Two columns of the result are named ${twice}: give them different names with AS.`,
  );
}

function driverParameter(value: SqlParameter): DBSQLParameter {
  if (value === null || typeof value !== 'object' || value instanceof Date)
    return new DBSQLParameter({ value });
  const type = value.type.toUpperCase() as DBSQLParameterType;
  return new DBSQLParameter({ type, value: value.value });
}
