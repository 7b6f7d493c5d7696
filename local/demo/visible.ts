/** Sends posts into the streams and watches them come out in the clean tables. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../src/errors.ts';
import { cleanTable, rawTable } from '../../src/names.ts';
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
/** Notebooks that have not brought the records on after so long never will. */
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
  // It is awaited below, where it may be too late.
  sending.catch(() => {});
  for (let last = ''; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const summary = all ? await sending : undefined;
    const sent = progress ? totals(progress).delivered : 0;
    const raw = await written(state, schema, rawTable, since);
    const clean = await written(state, schema, cleanTable, since);
    const line = `${count(sent)} records sent, ${count(raw)} in raw tables, ${count(clean)} in clean ones`;
    if (line !== last) story.note(line);
    else if (
      summary &&
      raw >= sent &&
      (await isSettled(ask, schema, since, (name) => summary.topics[what.sink.target(name)]?.delivered ?? 0))
    )
      return summary;
    last = line;
    if (Date.now() > since + PATIENCE_MS)
      throw new AppError(
        'STREAM_STUCK',
        `After ${PATIENCE_MS / 1000} s not all that was sent is through (${line}): the logs in the state folder (--keep) say what the notebooks did.`,
      );
  }
}

/** Rows of all datasets together. */
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

/** Whether all that was delivered since then is in raw, and nothing of that still on its way. */
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

/** Records in raw, by dataset, that Kinesis took at `since` (milliseconds since 1970) or later. */
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
