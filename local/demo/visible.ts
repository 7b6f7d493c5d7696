/** Sends posts to the streams and waits until they are in the clean tables. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_CATALOG } from '../../src/databricks/default-catalog.ts';
import { AppError } from '../../src/errors.ts';
import { number } from '../../src/format.ts';
import { cleanTable, rawTable } from '../../src/names.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { sparkFolder } from '../workspace/workspace.ts';
import { hasOpenBatch, rowsWritten } from './commits.ts';
import type { Day, RunStatement } from './day.ts';

const POLL_INTERVAL_MS = 1000;
/** Used after all records are sent, so that the end is noticed soon. */
const LAST_POLL_INTERVAL_MS = 250;
/** If no record was sent or processed for this time, the notebooks are considered stuck. */
const STUCK_AFTER_MS = 300_000;

export interface Sending {
  readonly posts: Posts;
  readonly sink: Sink;
  readonly schema: string;
  /** The streams' generation, which is part of the checkpoints' paths. */
  readonly generation: string;
  readonly rate: number;
}

/** Sends the posts and prints the progress. Resolves when every delivered record is clean, superseded or rejected. */
export async function sendUntilVisible(
  { state, story, signal }: Day,
  { schema, generation, ...what }: Sending,
): Promise<Summary> {
  const since = Date.now();
  const streams = datasets.map(({ name }) => streamOf(sparkFolder(state), schema, name, generation));
  const written = (table: 'raw' | 'clean') =>
    Promise.all(streams.map((stream) => rowsWritten(stream[table], since)));
  let all = false;
  let progress: Summary | undefined;
  const sending = produce({
    ...what,
    signal,
    report: (event) => {
      if (event.kind === 'progress') progress = event.summary;
    },
  }).finally(() => {
    all = true;
  });
  // `sending` may reject before the `await` below. Without this handler, the rejection would be unhandled.
  sending.catch(() => {});
  let [last, changed] = ['', since];
  for (; ; await sleep(all ? LAST_POLL_INTERVAL_MS : POLL_INTERVAL_MS, undefined, { signal })) {
    const summary = all ? await sending : undefined;
    const sent = progress ? totals(progress).delivered : 0;
    const [raw, clean] = [await written('raw'), await written('clean')];
    const line = `${number(sent)} records sent, ${number(sum(raw))} in raw tables, ${number(sum(clean))} in clean ones`;
    if (line !== last) {
      story.note(line);
      [last, changed] = [line, Date.now()];
    }
    const delivered =
      summary && datasets.map(({ name }) => summary.topics[what.sink.target(name)]?.delivered ?? 0);
    // The order matters: after all raw rows are written, the micro-batch that wrote the last of them stays open until its
    // clean and rejected rows are written. If none is open, everything is written.
    if (delivered?.every((records, nth) => (raw[nth] ?? 0) >= records)) {
      const open = await Promise.all(streams.map(({ checkpoint }) => hasOpenBatch(checkpoint)));
      if (!open.includes(true)) return summary as Summary;
    }
    if (Date.now() > changed + STUCK_AFTER_MS)
      throw new AppError(
        'STREAM_STUCK',
        `For ${STUCK_AFTER_MS / 1000} s no more records were processed (${line}): read the notebooks' logs in the state folder (--keep).`,
      );
  }
}

/** Returns the folders of a dataset's stream: its tables, and the checkpoint that `2_raw/from_kinesis` uses. */
const streamOf = (spark: string, schema: string, dataset: string, generation: string) => ({
  raw: path.join(spark, 'warehouse', `${schema}.db`, rawTable(dataset)),
  clean: path.join(spark, 'warehouse', `${schema}.db`, cleanTable(dataset)),
  checkpoint: path.join(
    spark,
    'volumes',
    LOCAL_CATALOG,
    schema,
    'checkpoints',
    rawTable(dataset),
    generation,
  ),
});

const sum = (numbers: readonly number[]): number => numbers.reduce((total, more) => total + more, 0);

/** Returns, by dataset, the number of raw records that arrived in Kinesis at `since` (milliseconds since 1970) or later. */
export async function arrivedSince(
  ask: RunStatement,
  schema: string,
  since: number,
): Promise<Record<string, number>> {
  const counts = datasets.map(
    ({ name }) =>
      `(SELECT count(*) FROM ${LOCAL_CATALOG}.${schema}.${rawTable(name)} WHERE arrived >= timestamp_millis(${since})) AS ${name}`,
  );
  const {
    rows: [found],
  } = await ask(`SELECT ${counts.join(', ')}`);
  return found as Record<string, number>;
}
