/** Displays a run: a live line on a terminal, otherwise a line every few seconds; a table at the end. */
import type { WriteStream } from 'node:tty';
import progress from 'cli-progress';
import Table from 'cli-table3';
import { counted, number } from '../format.ts';
import { PLAIN_TABLE } from '../plain-table.ts';
import { printable } from '../visible.ts';
import type { ProduceEvent } from './produce.ts';
import { type Summary, type TargetSummary, totals } from './tally.ts';

const PLAIN_LINE_EVERY_S = 5;

/** The number of messages printed for each kind; further messages are only counted, so that they don't flood the terminal. */
const SHOWN = 20;

export interface Display {
  readonly report: (event: ProduceEvent) => void;
  /** Shows a sentence for the user, once. */
  note(sentence: string): void;
  stop(): void;
}

const format = (n: number): string => number(Math.round(n));

/** Displays a run on `out`; `posts` is the expected number of posts, if known. */
export function display(
  out: NodeJS.WriteStream,
  posts: number | undefined,
  { progress: shown = true } = {},
): Display {
  const say = (line: string) => out.write(`${line}\n`);
  const silent = { update() {}, say, stop() {} };
  const live = !shown ? silent : out.isTTY ? liveLine(out, posts) : plainLines(say);
  const print = (line: string) => live.say(printable(line));
  const seen = { rejected: 0, malformed: 0 };
  let waiting = '';
  const showFew = (kind: keyof typeof seen, line: string) => {
    if (++seen[kind] <= SHOWN) print(`${kind}: ${line}`);
    if (seen[kind] === SHOWN) print(`${kind}: further records are only counted`);
  };
  return {
    report(event) {
      if (event.kind === 'progress') live.update(event.summary);
      else if (event.kind === 'rejected')
        showFew('rejected', `${event.where} for ${event.target}: ${event.reason}`);
      else if (event.kind === 'malformed')
        showFew('malformed', `${event.where}: ${event.reason}; sent unchanged`);
      else if (event.reason !== waiting) {
        waiting = event.reason;
        print(`waiting to retry: ${event.reason}`);
      }
    },
    note: print,
    stop: () => live.stop(),
  };
}

function liveLine(out: NodeJS.WriteStream, posts: number | undefined) {
  const shape = posts === undefined ? '' : '{bar} {percentage}% ';
  const bar = new progress.SingleBar(
    {
      format: `${shape}{records} records  {rate}/s  {inFlight} in flight  {resent} sent again  {rejected} rejected`,
      stream: out as WriteStream,
      barsize: 24,
      hideCursor: true,
      noTTYOutput: false,
    },
    progress.Presets.shades_classic,
  );
  bar.start(posts ?? 1, 0, { records: 0, rate: 0, inFlight: 0, resent: 0, rejected: 0 });
  return {
    update(summary: Summary) {
      const all = totals(summary);
      bar.update(posts === undefined ? 0 : summary.posts, {
        records: format(all.delivered),
        rate: format(all.delivered / Math.max(summary.seconds, 0.001)),
        inFlight: format(inFlight(all)),
        resent: format(all.resent),
        rejected: format(all.rejected),
      });
    },
    say(line: string) {
      out.write(`\r\u001b[K${line}\n`);
    },
    stop: () => bar.stop(),
  };
}

function plainLines(say: (line: string) => void) {
  let next = PLAIN_LINE_EVERY_S;
  return {
    update(summary: Summary) {
      if (summary.seconds < next) return;
      next = summary.seconds + PLAIN_LINE_EVERY_S;
      const all = totals(summary);
      say(
        `${format(summary.seconds)} s: ${format(all.delivered)} records, ${format(all.delivered / summary.seconds)}/s, ${format(inFlight(all))} in flight, ${format(all.resent)} sent again, ${format(all.rejected)} rejected`,
      );
    },
    say,
    stop() {},
  };
}

/** Returns the number of records that were read and are not settled. */
export const inFlight = ({ read, delivered, rejected, pending }: TargetSummary): number =>
  read - delivered - rejected - pending;

/** Column heads that differ from the names of the counts. */
const HEADS: Readonly<Record<string, string>> = { resent: 'sent again' };
const DRY_HEADS: typeof HEADS = { ...HEADS, delivered: 'would be sent' };

/**
 * Returns the run as a table that adds up: read = delivered + rejected + pending. The counts `malformed` and
 * `resent` have a column only if they are not zero.
 */
export function summaryTable(summary: Summary, { dryRun = false } = {}): string {
  const all = totals(summary);
  const seldom = (['malformed', 'resent'] as const).filter((name) => all[name] > 0);
  const columns = ['read', 'delivered', 'rejected', 'pending', ...seldom, 'bytes'] as const;
  const heads = columns.map((name) => (dryRun ? DRY_HEADS : HEADS)[name] ?? name);
  const table = new Table({
    head: [dryRun ? 'goes to' : 'sent to', ...heads, 'records/s'],
    colAligns: ['left', ...heads.map(() => 'right' as const), 'right'],
    style: PLAIN_TABLE,
  });
  const row = (name: string, counts: TargetSummary) =>
    table.push([
      name,
      ...columns.map((column) => format(counts[column])),
      format(counts.delivered / Math.max(summary.seconds, 0.001)),
    ]);
  for (const [topic, counts] of Object.entries(summary.topics)) row(topic, counts);
  row('total', all);
  return `${table}\n${counted(summary.posts, 'post')} in ${summary.seconds.toFixed(1)} s`;
}
