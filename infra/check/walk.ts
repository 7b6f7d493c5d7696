/** Follows a marked record from hop to hop, and reports how far the record got and how long each hop took. */
import { AppError } from '../../src/errors.ts';
import { WaitTimeout, waitUntil } from '../../src/wait.ts';

/** A place that a record passes on its way into a table, such as the API or the topic. */
export interface Hop {
  readonly name: string;
  /**
   * Resolves when the record has passed this hop, with the text to print.
   * @throws AppError if the record does not pass
   */
  readonly pass: () => Promise<string>;
}

/** The record did not pass this hop; the message contains the reason and what to do. */
export class HopBroken extends AppError {
  constructor(message: string) {
    super('HOP_BROKEN', message);
  }
}

/** Checks the hops in order until one fails, and prints a line for each. Resolves with whether the record passed all hops. */
export async function walk(
  pipeline: string,
  hops: readonly Hop[],
  say: (line: string) => void,
): Promise<boolean> {
  say(`${pipeline}:`);
  for (const [index, { name, pass }] of hops.entries()) {
    const since = performance.now();
    const line = (mark: string, text: string) =>
      say(
        `${mark}  ${name.padEnd(11)} ${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s  ${text}`,
      );
    try {
      line('ok', await pass());
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      line('!!', error.message);
      const rest = hops.slice(index + 1).map((hop) => hop.name);
      if (rest.length > 0) say(`--  ${rest.join(', ')}: not reached`);
      return false;
    }
  }
  return true;
}

/** Calls `look`, at least once, until it resolves with a result. Resolves with undefined after `waitMs`. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  { waitMs, intervalMs }: { readonly waitMs: number; readonly intervalMs: number },
): Promise<T | undefined> {
  try {
    return (await waitUntil(look, { what: 'the record', timeoutMs: waitMs, intervalMs })) as T;
  } catch (error) {
    if (error instanceof WaitTimeout) return undefined;
    throw error;
  }
}
