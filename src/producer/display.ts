/** What a person sees of a run: a live line on a terminal, a plain one every few seconds elsewhere, a table at the end. */
import type { WriteStream } from 'node:tty';
import progress from 'cli-progress';
import Table from 'cli-table3';
import type { ProduceEvent } from './produce.ts';
import { type Summary, type TargetSummary, totals } from './tally.ts';

const PLAIN_LINE_EVERY_S = 5;

/** More refusals than these are only counted: a file of nothing but bad lines must not flood the terminal. */
const REFUSALS_SHOWN = 20;

export interface Display {
  readonly report: (event: ProduceEvent) => void;
  stop(): void;
}

const format = (n: number): string => Math.round(n).toLocaleString('en');

/** Shows a run on `out`; `posts` is how many will come, where that is known. */
export function display(out: NodeJS.WriteStream, posts: number | undefined): Display {
  const say = (line: string) => out.write(`${line}\n`);
  const live = out.isTTY ? liveLine(out, posts) : plainLines(say);
  let refusals = 0;
  let waiting = '';
  return {
    report(event) {
      if (event.kind === 'progress') live.update(event.summary);
      else if (event.kind === 'refused') {
        if (++refusals <= REFUSALS_SHOWN)
          live.say(`refused: ${event.where} for ${event.target}: ${event.reason}`);
        if (refusals === REFUSALS_SHOWN) live.say('refused: more are only counted');
      } else if (event.reason !== waiting) {
        waiting = event.reason;
        live.say(`waiting, trying again: ${event.reason}`);
      }
    },
    stop: () => live.stop(),
  };
}

function liveLine(out: NodeJS.WriteStream, posts: number | undefined) {
  const shape = posts === undefined ? '' : '{bar} {percentage}% ';
  const bar = new progress.SingleBar(
    {
      format: `${shape}{records} records  {rate}/s  {inFlight} in flight  {refused} refused`,
      stream: out as WriteStream,
      barsize: 24,
      hideCursor: true,
      noTTYOutput: false,
    },
    progress.Presets.shades_classic,
  );
  bar.start(posts ?? 1, 0, { records: 0, rate: 0, inFlight: 0, refused: 0 });
  return {
    update(summary: Summary) {
      const all = totals(summary);
      bar.update(posts === undefined ? 0 : summary.posts, {
        records: format(all.delivered),
        rate: format(all.delivered / Math.max(summary.seconds, 0.001)),
        inFlight: format(inFlight(all)),
        refused: format(all.refused),
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
        `${format(summary.seconds)} s: ${format(all.delivered)} records, ${format(all.delivered / summary.seconds)}/s, ${format(inFlight(all))} in flight, ${format(all.refused)} refused`,
      );
    },
    say,
    stop() {},
  };
}

const inFlight = ({ read, delivered, refused, undelivered }: TargetSummary): number =>
  read - delivered - refused - undelivered;

/** The run as a table that adds up: read = delivered + refused + undelivered. */
export function summaryTable(summary: Summary): string {
  const table = new Table({
    head: ['sent to', 'read', 'delivered', 'refused', 'undelivered', 'bytes', 'records/s'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const row = (name: string, { read, delivered, refused, undelivered, bytes }: TargetSummary) =>
    table.push([
      name,
      ...[read, delivered, refused, undelivered, bytes, delivered / Math.max(summary.seconds, 0.001)].map(
        format,
      ),
    ]);
  for (const [topic, counts] of Object.entries(summary.topics)) row(topic, counts);
  row('together', totals(summary));
  return `${table}\n${format(summary.posts)} posts in ${summary.seconds.toFixed(1)} s`;
}
