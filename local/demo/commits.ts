/** Reads the progress of streams from checkpoints and Delta logs, because a query would slow the streams down. */
import path from 'node:path';
import { z } from 'zod';
import { jsonOf, namesIn, readText } from '../../src/files/read.ts';

/** Names a commit in the message of a file error. */
export const COMMIT = { is: "The table's commit" };

const count = z.coerce.number().optional();
const metrics = z.object({ numOutputRows: count, numTargetRowsInserted: count, numTargetRowsUpdated: count });
/** The first line of a commit. */
const firstLine = z.object({
  commitInfo: z.object({ timestamp: z.number(), operationMetrics: metrics.optional() }),
});

/**
 * Returns the number of rows that commits at `since` (milliseconds since 1970) or later appended, inserted or updated; 0 if
 * the table does not exist yet.
 */
export async function rowsWritten(table: string, since: number): Promise<number> {
  return (await commitFiles(table))
    .map(readCommit)
    .filter(({ timestamp }) => timestamp >= since)
    .reduce((sum, { operationMetrics = {} }) => sum + rowsOf(operationMetrics), 0);
}

/** Returns the paths of a table's commits, the oldest first; none if the table does not exist yet. */
export async function commitFiles(table: string): Promise<string[]> {
  const log = path.join(table, '_delta_log');
  const commits = (await namesIn(log)).filter((file) => /^\d+\.json$/.test(file));
  return commits.sort().map((file) => path.join(log, file));
}

/** Returns whether a stream has begun a micro-batch that it has not finished; false if it has not begun any. */
export async function hasOpenBatch(checkpoint: string): Promise<boolean> {
  const begun = await newestBatch(path.join(checkpoint, 'offsets'));
  return begun > (await newestBatch(path.join(checkpoint, 'commits')));
}

/** Returns the number of the newest micro-batch in one of the checkpoint's logs; -1 if there is none. */
export async function newestBatch(log: string): Promise<number> {
  const batches = (await namesIn(log)).filter((file) => /^\d+$/.test(file));
  return Math.max(-1, ...batches.map(Number));
}

/**
 * Returns the number of rows that a commit wrote. For a merge, it is not `numOutputRows`, which also counts rows that
 * were only copied. For an append, `numOutputRows` is the only metric.
 */
function rowsOf({
  numOutputRows = 0,
  numTargetRowsInserted,
  numTargetRowsUpdated = 0,
}: z.infer<typeof metrics>): number {
  return numTargetRowsInserted === undefined ? numOutputRows : numTargetRowsInserted + numTargetRowsUpdated;
}

function readCommit(file: string) {
  const [line = ''] = readText(file, COMMIT).split('\n', 1);
  return jsonOf(line, firstLine, file, COMMIT).commitInfo;
}
