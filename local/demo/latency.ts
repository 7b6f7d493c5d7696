/** Measures how long posts take from the stream to the clean tables, by the timestamps of Kinesis and Delta. */

import { cleanTable } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import type { RunStatement } from './day.ts';

/** In milliseconds; null if there was no row to measure. */
export interface Latency {
  readonly p50: number | null;
  readonly p99: number | null;
}

/**
 * Returns the latency of the clean rows whose version arrived at `since` (milliseconds since 1970) or later: the time from
 * Kinesis's arrival timestamp to the modification time of the Delta commit that added the row's file.
 * @param schema a qualified name: `spark_catalog.stream`
 */
export async function latencyOf(
  ask: RunStatement,
  schema: string,
  since: number,
  names: readonly string[] = datasets.map(({ name }) => name),
): Promise<Latency> {
  const waits = await Promise.all(
    names.map(async (name) => {
      const table = `${schema}.${cleanTable(name)}`;
      const {
        rows: [detail],
      } = await ask(`DESCRIBE DETAIL ${table}`);
      // The log of a table without files may have no `add` column.
      if (Number(detail?.numFiles) === 0) return [];
      return `
        SELECT unix_millis(visible) - unix_millis(_arrived) AS wait
        FROM ${table}
        JOIN (
          SELECT add.path AS file, min(_metadata.file_modification_time) AS visible
          FROM json.\`${detail?.location}/_delta_log/*.json\`
          WHERE add.path IS NOT NULL
          GROUP BY add.path
        ) ON endswith(_metadata.file_path, file)
        WHERE _arrived >= timestamp_millis(${since})`;
    }),
  );
  const selects = waits.flat();
  if (selects.length === 0) return { p50: null, p99: null };
  const {
    rows: [found],
  } = await ask(
    `SELECT round(percentile(wait, 0.5)) AS p50, round(percentile(wait, 0.99)) AS p99 FROM (${selects.join(' UNION ALL ')})`,
  );
  return found as unknown as Latency;
}
