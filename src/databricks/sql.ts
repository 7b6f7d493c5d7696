/**
 * SQL on a workspace's warehouse, by Databricks' own driver:
 *
 *     const sql = await openSql(await readConnection(settings), { catalog: 'main', schema: 'pinterest' });
 *     const { columns, rows } = await sql.query('SELECT * FROM clean_pin WHERE ind = :ind', { parameters: { ind: 7 } });
 *     const { pages } = await sql.stream('SELECT * FROM raw_pin');
 *     for await (const page of pages) …
 *     await sql.close();
 *
 * Numbers are exact: a BIGINT is a number where that holds it and a bigint beyond 2^53, a DECIMAL is text. A TIMESTAMP is a
 * Date (milliseconds; the driver cuts the rest off), a DATE is text, ARRAY, MAP and STRUCT are values of their own. Years,
 * hours and text of timestamps are UTC.
 */
import { DBSQLClient, DBSQLParameter, type DBSQLParameterType, thrift } from '@databricks/sql';
import { AppError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { explainSql } from './sql-errors.ts';
import { findWarehouse } from './warehouses.ts';

export type SqlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Buffer
  | readonly SqlValue[]
  | { readonly [name: string]: SqlValue };

export type SqlRow = Record<string, SqlValue>;

export interface SqlColumn {
  readonly name: string;
  /** `BIGINT`, `STRING`, `ARRAY`, … without what stands in brackets. */
  readonly type: string;
}

/** A value's type is inferred; `type` is for text that is to be of another one. */
export type SqlParameter =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | { readonly type: string; readonly value: string };

export interface StatementOptions {
  /** By the names that the statement writes as `:name`. */
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
  /** Rows as they are asked for, so that none but a page's are in memory; to be read once. No page is empty. */
  readonly pages: AsyncGenerator<SqlRow[], void>;
}

/** Statements may run side by side in one session; what one of them sets (`USE`, temporary views) the others see. */
export interface Sql {
  /** All rows. @throws AppError with what the warehouse says of a statement that failed or was cancelled */
  query(statement: string, options?: StatementOptions): Promise<SqlResult>;
  /** Resolves when the first row is there. @throws AppError as `query` does, also while pages are read */
  stream(statement: string, options?: StatementOptions & { readonly rowsAPage?: number }): Promise<SqlStream>;
  /** Ends the session and what runs in it. */
  close(): Promise<void>;
}

export interface SqlOptions {
  /** The warehouse's id (`settings.databricks.warehouse`); left out, the first usable one. */
  readonly warehouse?: string | undefined;
  /** Where names of tables are looked up that don't say it themselves. */
  readonly catalog?: string;
  readonly schema?: string;
}

const ROWS_A_PAGE = 10_000;

/** The driver would log to the console. */
const QUIET = { log() {} };

/** @throws AppError where the workspace can't be reached, refuses the token, or has no such warehouse, catalog or schema */
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
      // Numbers that a double can't hold come as bigint and text.
      preserveBigNumericPrecision: true,
      telemetryEnabled: false,
      userAgentEntry: 'pinterest-event-pipeline',
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
    const rows: SqlRow[] = [];
    for await (const page of pages) for (const row of page) rows.push(row);
    return { columns, rows };
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
      this.#session.executeStatement(statement, { namedParameters, maxRows: rowsAPage }),
    );
    // What waits for rows then hears of it from the server.
    const cancel = () => void operation.cancel().catch(() => {});
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    const end = async () => {
      signal?.removeEventListener('abort', cancel);
      await operation.close().catch(() => {});
    };
    try {
      const columns = await this.#explained(columnsOf(operation));
      return { columns, pages: this.#pages(operation, columns, rowsAPage, end) };
    } catch (error) {
      await end();
      throw error;
    }
  }

  async *#pages(
    operation: DriverOperation,
    columns: readonly SqlColumn[],
    rowsAPage: number,
    end: () => Promise<void>,
  ): AsyncGenerator<SqlRow[], void> {
    try {
      if (columns.length === 0) return;
      do {
        const page = (await this.#explained(operation.fetchChunk({ maxRows: rowsAPage }))) as SqlRow[];
        if (page.length > 0) yield page.map((row) => converted(row, columns));
      } while (await this.#explained(operation.hasMoreRows()));
    } finally {
      await end();
    }
  }
}

/** A page of rows is objects, so two columns of one name would be one. */
async function columnsOf(operation: DriverOperation): Promise<SqlColumn[]> {
  const schema = await operation.getSchema();
  const columns = (schema?.columns ?? []).map(({ columnName, typeDesc }) => ({
    name: columnName,
    type: typeName(typeDesc.types[0]?.primitiveEntry?.type),
  }));
  const names = columns.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return columns;
  throw new AppError(
    'SQL_COLUMNS',
    `Two columns of the result are named ${twice}: give each its own name with AS.`,
  );
}

function typeName(type: number | undefined): string {
  const { TTypeId } = thrift.TCLIService_types;
  const name = Object.entries(TTypeId).find(([, id]) => (id as unknown) === type)?.[0] ?? 'STRING';
  return name.replace(/_TYPE$/, '');
}

function driverParameter(value: SqlParameter): DBSQLParameter {
  if (value === null || typeof value !== 'object' || value instanceof Date)
    return new DBSQLParameter({ value });
  const type = value.type.toUpperCase() as DBSQLParameterType;
  return new DBSQLParameter({ type, value: value.value });
}

function converted(row: SqlRow, columns: readonly SqlColumn[]): SqlRow {
  for (const { name, type } of columns) {
    const value = row[name];
    if (typeof value === 'bigint') row[name] = smallest(value);
    else if (type === 'DATE' && value instanceof Date) row[name] = value.toISOString().slice(0, 10);
  }
  return row;
}

/** A number where it is exact. */
function smallest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
