/** The demo's output: one line per stage when the stage ends, and tables at the end. */

import { table } from '../../src/databricks/show/table.ts';
import type { SqlColumn, SqlRow } from '../../src/databricks/sql.ts';
import { counted } from '../../src/format.ts';
import { rejectedWhenAborted } from '../../src/wait.ts';

/** Number of an answer's rows that are printed. The other rows are only counted. */
const ROWS_SHOWN = 8;
/** Width of a table in characters, independent of the terminal. */
const WIDTH = 110;

export class Story {
  readonly #out: NodeJS.WritableStream;
  /** Seconds by stage, in the order in which the stages ended. */
  readonly seconds: Record<string, number> = {};

  /**
   * Shared by all stages. A promise per stage would add a listener to the signal each time, and Node warns of more than
   * ten listeners.
   */
  readonly #interrupted: Promise<never>;

  /** @param signal: when it aborts, the running stage rejects */
  constructor(out: NodeJS.WritableStream, signal: AbortSignal) {
    this.#out = out;
    this.#interrupted = rejectedWhenAborted(signal);
  }

  say(text: string): void {
    this.#out.write(`${text}\n`);
  }

  /** Runs a stage, and prints its duration and the text that `describe` returns for its result. */
  async stage<T>(name: string, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    const started = performance.now();
    const result = await Promise.race([work(), this.#interrupted]);
    const seconds = (performance.now() - started) / 1000;
    this.seconds[name] = Number(seconds.toFixed(2));
    this.say(`${seconds.toFixed(1).padStart(6)} s  ${name.padEnd(9)}  ${describe(result)}`);
    return result;
  }

  /** Prints a finished part of the running stage, for stages that take a long time. */
  step(name: string, seconds: number, state: string): void {
    this.note(`${seconds.toFixed(1).padStart(4)} s  ${name} ${state === 'SUCCESS' ? '' : state}`.trimEnd());
  }

  /** Prints an indented line about the running stage. */
  note(text: string): void {
    this.say(`${' '.repeat(21)}${text}`);
  }

  /** Prints at most `shown` rows, and the number of the other rows. */
  table(columns: readonly SqlColumn[], rows: readonly SqlRow[], shown = ROWS_SHOWN): void {
    const all = rows.slice(0, shown).map((row) => columns.map(({ name }) => row[name] ?? null));
    this.#out.write(table(columns, WIDTH)({ rows: all, first: true, last: true }));
    const more = rows.length - shown;
    if (more > 0) this.say(`… and ${counted(more, 'more row')}`);
  }
}
