/** Queries of a MySQL server, which may go away and come back meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import type { MysqlAddress } from './mysql-address.ts';
import { explainMysql, isGone } from './mysql-errors.ts';

export type Row = Record<string, unknown>;

/** One for each table that is read. */
const CONNECTIONS = 3;

/** Before a query is tried again: half a minute in all. */
const PAUSES_MS = [100, 200, 500, 1000, 2000, 4000, 8000, 15_000];

export class Database {
  readonly #address: MysqlAddress;
  readonly #pool: Pool;
  #answered = false;

  constructor(address: MysqlAddress) {
    this.#address = address;
    this.#pool = createPool({
      ...address.connection,
      connectionLimit: CONNECTIONS,
      // Texts, as the database writes them and cleaning reads them, not this machine's idea of a moment.
      dateStrings: true,
      supportBigNumbers: true,
      // Text on every server, with all its digits; MariaDB has no other.
      jsonStrings: true,
      typeCast: (field, next) => jsonFormOf(next(), field.type),
    });
  }

  /**
   * A query's rows. A server that answered before and went away is waited for; one that never answered is not.
   * @throws {AppError} where there is no answer
   */
  async rows(sql: string, values: readonly unknown[]): Promise<Row[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        const [rows] = await this.#pool.query<RowDataPacket[]>(sql, [...values]);
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

  /** A connection that could not be opened fails here again; its error was reported before. */
  async close(): Promise<void> {
    await this.#pool.end().catch(() => {});
  }
}

/** Significant digits that a double holds, whichever they are. */
const EXACT_DIGITS = 15;

/**
 * Returns a value as a record writes it. Bytes (BLOB, BINARY, VARBINARY) are text in UTF-8, in which a byte that is
 * none is U+FFFD, as in a file; BIT is the number that its bits make. A DECIMAL or BIT that no double holds is text
 * with all its digits.
 */
export function jsonFormOf(value: unknown, type: string): unknown {
  if (Buffer.isBuffer(value)) return type === 'BIT' ? numberOf(bits(value)) : value.toString();
  return type === 'NEWDECIMAL' && typeof value === 'string' ? numberOf(value) : value;
}

const bits = (bytes: Buffer): string =>
  bytes.length === 0 ? '0' : String(BigInt(`0x${bytes.toString('hex')}`));

const numberOf = (digits: string): number | string =>
  digits.replace(/^[-0.]+|\D/g, '').length <= EXACT_DIGITS ? Number(digits) : digits;
