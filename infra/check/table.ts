/** The last hop of both pipelines: the record in its raw table, if a workspace is set. */
import type { Sql } from '../../src/databricks/sql.ts';
import { rawTable } from '../../src/names.ts';
import { CHECKED, type Marked } from './marked.ts';
import { eventually, type Hop, HopBroken } from './walk.ts';

export interface TableOptions {
  readonly sql: Pick<Sql, 'query'>;
  /** The table's schema. */
  readonly schema: string;
  readonly waitMs: number;
  /** The interval between two queries, in milliseconds. */
  readonly intervalMs: number;
  /** The job that writes the record, by its name in `npm run bundle run`. */
  readonly job: string;
}

export const tableHop = ({ sql, schema, waitMs, intervalMs, job }: TableOptions, { mark }: Marked): Hop => ({
  name: 'table',
  async pass() {
    const table = rawTable(CHECKED);
    const statement = `SELECT position FROM ${table} WHERE contains(record, :mark) LIMIT 1`;
    const found = await eventually(
      async () => (await sql.query(statement, { parameters: { mark } })).rows[0]?.position,
      { waitMs, intervalMs },
    );
    if (found !== undefined) return `${schema}.${table}, at ${String(found)}`;
    throw new HopBroken(
      `${schema}.${table} does not contain the record after ${Math.round(waitMs / 1000)} s: run job ${job}, as in "npm run bundle run ${job} prod", and check its run.`,
    );
  },
});
