/** What the demo tells while it runs: a line a stage as it ends, tables at the end. */
import Table from 'cli-table3';
import type { Row } from '../../src/workspace/answers.ts';

/** Rows of an answer that are shown; the rest is counted. */
const ROWS_SHOWN = 8;

export class Story {
  readonly #out: NodeJS.WritableStream;
  /** Seconds by stage, in the order in which they ended. */
  readonly seconds: Record<string, number> = {};

  constructor(out: NodeJS.WritableStream) {
    this.#out = out;
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** Tells how a stage ended and how long it took; `told` makes the sentence out of its result. */
  async stage<T>(name: string, work: () => Promise<T>, told: (result: T) => string): Promise<T> {
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    this.seconds[name] = Number(seconds.toFixed(2));
    this.say(`${seconds.toFixed(1).padStart(6)} s  ${name.padEnd(8)}  ${told(result)}`);
    return result;
  }

  /** A part of a stage that takes long enough for people to wonder. */
  step(name: string, seconds: number, state: string): void {
    this.note(`${seconds.toFixed(1).padStart(4)} s  ${name} ${state === 'success' ? '' : state}`.trimEnd());
  }

  /** A line below the stage that is running. */
  note(text: string): void {
    this.say(`${' '.repeat(20)}${text}`);
  }

  table(columns: readonly string[], rows: readonly Row[], shown = ROWS_SHOWN): void {
    const numeric = columns.map((column) => rows.every((row) => typeof (row[column] ?? 0) === 'number'));
    const table = new Table({
      head: [...columns],
      colAligns: numeric.map((number) => (number ? 'right' : 'left')),
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows.slice(0, shown)) table.push(columns.map((column) => cell(column, row[column])));
    this.say(table.toString());
    if (rows.length > shown) this.say(`… and ${rows.length - shown} more rows`);
  }
}

/** Counts with their thousands apart; a year is no count. */
function cell(column: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'number' || column.endsWith('year')) return String(value);
  return count(value);
}

export const count = (n: number): string => n.toLocaleString('en');
