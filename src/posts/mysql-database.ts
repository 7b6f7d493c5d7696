/** Queries a MySQL server, and retries while it restarts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from './mysql-address.ts';
import { explainMysql, isGone } from './mysql-errors.ts';

export type Row = Record<string, unknown>;

/** The number of connections: one for each table that is read. */
const CONNECTIONS = 3;

/** Time limit for a query. A page takes less than a second; without an answer, a proxy or tunnel has lost the connection. */
const QUERY_TIMEOUT_MS = 60_000;

/** The pauses before retries of a query, half a minute in total. */
const PAUSES_MS = [100, 200, 500, 1000, 2000, 4000, 8000, 15_000];

export class Database {
  readonly #address: MysqlAddress;
  readonly #pool: Pool;
  readonly #queryTimeoutMs: number;
  /** The connections that return times in UTC. */
  readonly #inUtc = new WeakSet<object>();
  #answered = false;

  constructor(address: MysqlAddress, { queryTimeoutMs = QUERY_TIMEOUT_MS } = {}) {
    this.#address = address;
    this.#queryTimeoutMs = queryTimeoutMs;
    this.#pool = createPool({
      ...address.connection,
      connectionLimit: CONNECTIONS,
      // Dates stay text, as cleaning reads them, and are not converted to this machine's time zone.
      dateStrings: true,
      supportBigNumbers: true,
      // Returns JSON as text with all digits, as MariaDB always does.
      jsonStrings: true,
      typeCast: (field, next) => jsonFormOf(next(), field.type),
    });
  }

  /**
   * Returns the rows of a query, with times of the type TIMESTAMP in UTC. Retries only if the server has responded before.
   * @throws {AppError} if the server does not respond or rejects the query
   */
  async rows(sql: string, values: readonly unknown[]): Promise<Row[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        const rows = await this.#query(sql, values);
        this.#answered = true;
        return rows;
      } catch (error) {
        const pause = PAUSES_MS[attempt];
        if (!this.#answered || pause === undefined || !isGone(error))
          throw explainMysql(error, this.#address);
        await sleep(pause);
      }
    }
  }

  async #query(sql: string, values: readonly unknown[]): Promise<Row[]> {
    const connection = await this.#pool.getConnection();
    try {
      const timeout = this.#queryTimeoutMs;
      // A TIMESTAMP would otherwise have the server's time zone, which the text does not contain.
      if (!this.#inUtc.has(connection.connection)) {
        await connection.query({ sql: "SET time_zone = '+00:00'", timeout });
        this.#inUtc.add(connection.connection);
      }
      const [rows] = await connection.query<RowDataPacket[]>({ sql, values: [...values], timeout });
      connection.release();
      return rows;
    } catch (error) {
      // mysql2 keeps a connection whose query timed out, and the pool would wait for its answer.
      connection.destroy();
      throw error;
    }
  }

  /** Closes the connections. Ignores the error of a connection that could not be opened: it was reported before. */
  async close(): Promise<void> {
    await this.#pool.end().catch(() => {});
  }
}

/** The number of significant digits that a double always holds exactly. */
const EXACT_DIGITS = 15;

/**
 * Returns a column's value as a record contains it. Bytes (BLOB, BINARY, VARBINARY) become UTF-8 text, in which an invalid byte
 * is U+FFFD. BIT becomes a number. A DECIMAL or BIT that a double can't hold becomes text with all digits.
 */
export function jsonFormOf(value: unknown, type: string): unknown {
  if (Buffer.isBuffer(value)) return type === 'BIT' ? numberOf(bits(value)) : value.toString();
  return type === 'NEWDECIMAL' && typeof value === 'string' ? numberOf(value) : value;
}

const bits = (bytes: Buffer): string =>
  bytes.length === 0 ? '0' : String(BigInt(`0x${bytes.toString('hex')}`));

const numberOf = (digits: string): number | string =>
  digits.replace(/^[-0.]+|\D/g, '').length <= EXACT_DIGITS ? Number(digits) : digits;
