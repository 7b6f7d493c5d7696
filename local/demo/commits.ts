/** Counts the rows that the commits of a Delta table wrote. It reads the table's log, as a query would slow down the streams. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { jsonOf, readText } from '../../src/files/read.ts';

/** Part of `commitInfo`, the first line of a commit. */
interface Commit {
  readonly timestamp: number;
  readonly operationMetrics?: {
    readonly numOutputRows?: string;
    readonly numTargetRowsInserted?: string;
    readonly numTargetRowsUpdated?: string;
  };
}

const firstLine = z.object({ commitInfo: z.looseObject({ timestamp: z.number() }) });

/**
 * Returns the number of rows that commits at `since` (milliseconds since 1970) or later appended, inserted or updated; 0 if
 * the table does not exist yet.
 */
export async function rowsWritten(table: string, since: number): Promise<number> {
  const log = path.join(table, '_delta_log');
  const files = await readdir(log).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const commits = files
    .filter((file) => /^\d+\.json$/.test(file))
    .map((file) => readCommit(path.join(log, file)));
  return commits
    .filter(({ timestamp }) => timestamp >= since)
    .reduce((sum, { operationMetrics }) => sum + rowsOf(operationMetrics ?? {}), 0);
}

/** The output rows of a merge include rows that it only copied; an append has no other metric. */
function rowsOf(metrics: NonNullable<Commit['operationMetrics']>): number {
  const { numOutputRows, numTargetRowsInserted, numTargetRowsUpdated } = metrics;
  if (numTargetRowsInserted === undefined) return Number(numOutputRows ?? 0);
  return Number(numTargetRowsInserted) + Number(numTargetRowsUpdated ?? 0);
}

function readCommit(file: string): Commit {
  const use = { is: "The table's commit" };
  const [line = ''] = readText(file, use).split('\n', 1);
  return jsonOf(line, firstLine, file, use).commitInfo as Commit;
}
