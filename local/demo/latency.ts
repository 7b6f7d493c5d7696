/** Measures how long posts take from the stream to the clean tables, by the timestamps of Kinesis and Delta. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readText } from '../../src/files/read.ts';
import { cleanTable } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { COMMIT, commitFiles } from './commits.ts';
import type { RunStatement } from './day.ts';

/** In milliseconds; null if there was no row to measure. */
export interface Latency {
  readonly p50: number | null;
  readonly p99: number | null;
}

/** A period in milliseconds since 1970. It includes `from` and excludes `to`. Without `to`, it has no end. */
export interface Period {
  readonly from: number;
  readonly to?: number;
}

/**
 * Returns the latency of the clean rows whose version arrived in the period: the time from Kinesis's arrival timestamp to the
 * modification time of the Delta commit that added the row's file.
 * @param schema: a qualified name, such as `spark_catalog.stream`
 */
export async function latencyOf(
  ask: RunStatement,
  schema: string,
  period: Period,
  names: readonly string[] = datasets.map(({ name }) => name),
): Promise<Latency> {
  const tables = names.map((name) => waitsOf(ask, `${schema}.${cleanTable(name)}`, period));
  const waits = (await Promise.all(tables)).flat().sort((a, b) => a - b);
  return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
}

/** Returns the latency of each row, in milliseconds. */
async function waitsOf(ask: RunStatement, table: string, { from, to }: Period): Promise<number[]> {
  const until = to === undefined ? '' : ` AND _arrived < timestamp_millis(${to})`;
  const { rows } = await ask(
    `SELECT _metadata.file_path AS file, unix_millis(_arrived) AS arrived FROM ${table} WHERE _arrived >= timestamp_millis(${from})${until}`,
  );
  const [first] = rows;
  if (first === undefined) return [];
  const committed = await commitTimes(path.dirname(fileURLToPath(String(first.file))));
  return rows.map(({ file, arrived }) => {
    const visible = committed.get(path.basename(String(file)));
    if (visible === undefined) throw new Error(`no commit in the log of ${table} adds ${file}`);
    return visible - Number(arrived);
  });
}

/** Returns, by file name, the time when the first commit that added the file was written, in milliseconds since 1970. */
async function commitTimes(table: string): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const file of await commitFiles(table)) {
    const { mtimeMs } = await stat(file);
    for (const line of readText(file, COMMIT).split('\n')) {
      const added = line.startsWith('{"add":') ? path.basename(JSON.parse(line).add.path) : undefined;
      if (added !== undefined && !times.has(added)) times.set(added, Math.round(mtimeMs));
    }
  }
  return times;
}

/** Returns the percentile of sorted numbers, interpolated and rounded; null if there are none. */
function percentile(sorted: readonly number[], share: number): number | null {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return null;
  return Math.round(below + (above - below) * (place % 1));
}
