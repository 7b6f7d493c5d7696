/** What the demo tells while it runs: a line a stage as it ends, tables at the end. */

import { table } from '../../src/databricks/show/table.ts';
import type { SqlColumn, SqlRow } from '../../src/databricks/sql.ts';
import { rejectedWhenAborted } from '../../src/wait.ts';

/** Rows of an answer that are shown; the rest is counted. */
const ROWS_SHOWN = 8;
/** Of a table, in characters, wherever it is read. */
const WIDTH = 110;

export class Story {
  readonly #out: NodeJS.WritableStream;
  /** Seconds by stage, in the order in which they ended. */
  readonly seconds: Record<string, number> = {};

  /** One promise for all stages: each would add a listener to the signal, and Node warns of more than ten. */
  readonly #interrupted: Promise<never>;

  /** No stage is waited for once `signal` has aborted. */
  constructor(out: NodeJS.WritableStream, signal: AbortSignal) {
    this.#out = out;
    this.#interrupted = rejectedWhenAborted(signal);
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** Runs a stage and prints how long it took and what `describe` returns for its result. */
  async stage<T>(name: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const started = performance.now();
    const result = await Promise.race([work(), this.#interrupted]);
    const seconds = (performance.now() - started) / 1000;
    this.seconds[name] = Number(seconds.toFixed(2));
    this.say(`${seconds.toFixed(1).padStart(6)} s  ${name.padEnd(9)}  ${describe(result)}`);
    return result;
  }

  /** A part of a stage that takes long enough for people to wonder. */
  step(name: string, seconds: number, state: string): void {
    this.note(`${seconds.toFixed(1).padStart(4)} s  ${name} ${state === 'SUCCESS' ? '' : state}`.trimEnd());
  }

  /** A line below the stage that is running. */
  note(text: string): void {
    this.say(`${' '.repeat(21)}${text}`);
  }

  /** At most `shown` rows; the rest is counted. */
  table(columns: readonly SqlColumn[], rows: readonly SqlRow[], shown = ROWS_SHOWN): void {
    const all = rows.slice(0, shown).map((row) => columns.map(({ name }) => row[name] ?? null));
    this.#out.write(table(columns, WIDTH)({ rows: all, first: true, last: true }));
    const more = rows.length - shown;
    if (more > 0) this.say(`… and ${count(more)} more ${more === 1 ? 'row' : 'rows'}`);
  }
}

export const count = (n: number): string => n.toLocaleString('en');
