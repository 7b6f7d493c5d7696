/** Sends posts into the streams and watches them come out in the clean tables. */
import { setTimeout as sleep } from 'node:timers/promises';
import { datasets } from '../../src/datasets/index.ts';
import { AppError } from '../../src/errors.ts';
import { cleanTable, rawTable, rejectedTable } from '../../src/names.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import { type Summary, totals } from '../../src/producer/tally.ts';
import type { Kernel } from '../spark/kernel.ts';
import type { Day } from './day.ts';
import { accountsOf, CATALOG } from './half.ts';
import { count } from './story.ts';

const LOOK_EVERY_MS = 1500;
/** Notebooks that have not brought the records on after so long never will. */
const PATIENCE_MS = 300_000;

export interface Sending {
  readonly posts: Posts;
  readonly sink: Sink;
  readonly schema: string;
  readonly postsPerSecond: number;
}

/** Resolves when every record that was delivered is clean, superseded or rejected; tells how it gets there. */
export async function sendUntilVisible(
  { story, signal }: Day,
  kernel: Kernel,
  { schema, postsPerSecond, ...what }: Sending,
): Promise<Summary> {
  const since = Date.now();
  let all = false;
  let told: Summary | undefined;
  const sending = produce({
    ...what,
    rate: postsPerSecond,
    signal,
    report: (event) => {
      if (event.kind === 'progress') told = event.summary;
    },
  }).finally(() => {
    all = true;
  });
  // It is awaited below, where it may be too late.
  sending.catch(() => {});
  for (let last = ''; ; await sleep(LOOK_EVERY_MS, undefined, { signal })) {
    const summary = all ? await sending : undefined;
    const seen = await look(kernel, `${CATALOG}.${schema}`, since);
    const sent = told ? totals(told).delivered : 0;
    const line = `${count(sent)} records sent, ${count(seen.raw)} raw, ${count(seen.clean)} clean`;
    if (line !== last) story.note(line);
    last = line;
    if (summary && seen.raw >= sent && (await nothingOpen(kernel, schema))) return summary;
    if (Date.now() > since + PATIENCE_MS)
      throw new AppError(
        'STREAM_STUCK',
        `Records that were sent are not in the tables after ${PATIENCE_MS / 1000} s (${line}): the logs in the state folder (--keep) say what the notebooks did.`,
      );
  }
}

/** Rows of records that arrived at `since` or later, all datasets together. */
async function look(kernel: Kernel, schema: string, since: number): Promise<{ raw: number; clean: number }> {
  const tables = await kernel.sql(`SHOW TABLES IN ${schema}`);
  const there = new Set(tables.map(({ tableName }) => tableName));
  const needed = datasets.flatMap(({ name }) => [rawTable(name), cleanTable(name), rejectedTable(name)]);
  if (!needed.every((table) => there.has(table))) return { raw: 0, clean: 0 };
  const rows = (tableOf: (dataset: string) => string, arrived: string) =>
    datasets
      .map(
        ({ name }) =>
          `(SELECT count(*) FROM ${schema}.${tableOf(name)} WHERE ${arrived} >= timestamp_millis(${since}))`,
      )
      .join(' + ');
  const [seen] = await kernel.sql(
    `SELECT ${rows(rawTable, 'arrived')} AS raw, ${rows(cleanTable, '_arrived')} AS clean`,
  );
  return seen as { raw: number; clean: number };
}

const nothingOpen = async (kernel: Kernel, schema: string): Promise<boolean> =>
  Object.values(await accountsOf(kernel, schema)).every(({ lost }) => lost === 0);
