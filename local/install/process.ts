/** Runs a program and passes on its output line by line. */
import readline from 'node:readline';
import type { Readable } from 'node:stream';
import { killTethered, spawnTethered } from '../tethered.ts';

export interface Result {
  readonly code: number;
  /** The last `KEPT_LINES` lines of standard output and standard error together. */
  readonly output: string;
}

const KEPT_LINES = 200;

/**
 * Runs a program to its end, with `env` added to this process's environment. If the program does not exist, the code is
 * 127, as in a shell. The program is killed when `signal` aborts, and when this process ends.
 * @throws the signal's reason if the signal aborts
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    cwd?: string;
    onLine?: (line: string) => void;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<Result> {
  const { signal } = options;
  signal?.throwIfAborted();
  const child = spawnTethered(program, args, 'pipe', options);
  const kill = () => killTethered(child);
  signal?.addEventListener('abort', kill);
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    readline.createInterface({ input: stream as Readable }).on('line', (line) => {
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      options.onLine?.(line);
    });
  }
  const code = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      kept.push(error.message);
      resolve(127);
    });
    child.once('close', (exit) => resolve(exit ?? 1));
  });
  signal?.removeEventListener('abort', kill);
  signal?.throwIfAborted();
  return { code, output: kept.join('\n') };
}
