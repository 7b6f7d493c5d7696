/** Sends posts to the streams and waits until they are in the clean tables. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../src/errors.ts';
import { cleanTable, rawTable, rejectedTable } from '../../src/names.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { rowsWritten } from './commits.ts';
import type { Day, RunStatement } from './day.ts';
import { accountsOf, CATALOG } from './outcome.ts';
import { count } from './story.ts';

const LOOK_EVERY_MS = 1000;
/** Notebooks that have not processed the records after this time are considered stuck. */
const PATIENCE_MS = 300_000;

export interface Sending {
  readonly posts: Posts;
  readonly sink: Sink;
  readonly schema: string;
  readonly rate: number;
}

/** Resolves when every record that was delivered is clean, superseded or rejected; prints the progress. */
export async function sendUntilVisible(
  { state, story, signal }: Day,
  ask: RunStatement,
  { schema, ...what }: Sending,
): Promise<Summary> {
  const since = Date.now();
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
  // It is awaited only below, where it may have rejected already.
  sending.catch(() => {});
  let asked = '';
  for (let last = ''; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const summary = all ? await sending : undefined;
    const sent = progress ? totals(progress).delivered : 0;
    const raw = await written(state, schema, rawTable, since);
    const clean = await written(state, schema, cleanTable, since);
    const rejected = await written(state, schema, rejectedTable, since);
    const line = `${count(sent)} records sent, ${count(raw)} in raw tables, ${count(clean)} in clean ones`;
    const tables = `${raw} ${clean} ${rejected}`;
    if (line !== last) story.note(line);
    else if (summary && raw >= sent && tables !== asked) {
      // The statements slow the streams down: they run again only after the tables have changed.
      asked = tables;
      const delivered = (name: string) => summary.topics[what.sink.target(name)]?.delivered ?? 0;
      if (await isSettled(ask, schema, since, delivered)) return summary;
    }
    last = line;
    if (Date.now() > since + PATIENCE_MS)
      throw new AppError(
        'STREAM_STUCK',
        `After ${PATIENCE_MS / 1000} s not all records are processed (${line}): read the notebooks' logs in the state folder (--keep).`,
      );
  }
}

/** Returns the number of rows written for all datasets together. */
async function written(
  state: string,
  schema: string,
  tableOf: (dataset: string) => string,
  since: number,
): Promise<number> {
  const folder = path.join(state, 'spark/warehouse', `${schema}.db`);
  const rows = await Promise.all(
    datasets.map(({ name }) => rowsWritten(path.join(folder, tableOf(name)), since)),
  );
  return rows.reduce((sum, more) => sum + more, 0);
}

/** Returns whether all records delivered at `since` or later are in the raw tables, and all raw records are processed. */
async function isSettled(
  ask: RunStatement,
  schema: string,
  since: number,
  delivered: (dataset: string) => number,
): Promise<boolean> {
  const raw = await arrivedSince(ask, schema, since);
  if (datasets.some(({ name }) => (raw[name] ?? 0) < delivered(name))) return false;
  return Object.values(await accountsOf(ask, schema)).every(({ lost }) => lost === 0);
}

/** Returns, by dataset, the number of raw records that arrived in Kinesis at `since` (milliseconds since 1970) or later. */
export async function arrivedSince(
  ask: RunStatement,
  schema: string,
  since: number,
): Promise<Record<string, number>> {
  const counts = datasets.map(
    ({ name }) =>
      `(SELECT count(*) FROM ${CATALOG}.${schema}.${rawTable(name)} WHERE arrived >= timestamp_millis(${since})) AS ${name}`,
  );
  const {
    rows: [found],
  } = await ask(`SELECT ${counts.join(', ')}`);
  return found as Record<string, number>;
}
