/** Runs a program and hands over its output line by line. */
import { spawn } from 'node:child_process';
import readline from 'node:readline';
import { environmentWith } from '../../src/settings.ts';

export interface Result {
  readonly code: number;
  /** Standard output and standard error together, the last `KEPT_LINES` lines. */
  readonly output: string;
}

const KEPT_LINES = 200;

/** Runs to the end, `env` on top of our own environment; a program that is not there has code 127, as in a shell. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { env?: Record<string, string>; onLine?: (line: string) => void } = {},
): Promise<Result> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environmentWith(options.env ?? {}),
  });
  const kept: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    readline.createInterface({ input: stream }).on('line', (line) => {
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
  return { code, output: kept.join('\n') };
}
