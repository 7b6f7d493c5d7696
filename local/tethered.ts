/** A program that ends with this process, however this process ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { environmentWith } from '../src/settings.ts';

/**
 * A shell that becomes the program, so that the pid is the program's own, and leaves a watcher behind that reads a pipe:
 * the pipe closes when we are gone, even by `kill -9`, and then the watcher kills the program and its own children. A line in
 * the pipe sends it home. A terminal's Ctrl-C does not reach them: this process decides when they end.
 */
const TETHER = '{ read -r _ <&3 || kill -s KILL -- -$$; } >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Java and Python read the names of files in the encoding of the locale, and Java in the C locale can't open one outside
 * ASCII; to Node every name is UTF-8. On macOS names are UTF-8 to all of them, and there is no such locale.
 */
const UTF8: Readonly<Record<string, string>> = process.platform === 'darwin' ? {} : { LC_ALL: 'C.UTF-8' };

export interface TetheredOptions {
  /** Environment variables that are added to those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string;
}

/** Starts `program` in a UTF-8 locale, with its output going to the file descriptor `log`, or to pipes. */
export function spawnTethered(
  program: string,
  args: readonly string[],
  log: number | 'pipe',
  { env, cwd }: TetheredOptions = {},
): ChildProcess {
  const child = spawn('/bin/sh', ['-c', TETHER, 'sh', program, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: environmentWith({ ...UTF8, ...env }),
    cwd,
  });
  const tether = child.stdio[3] as Writable;
  tether.on('error', () => {}); // the watcher may be gone already
  child.once('exit', () => tether.end('over\n'));
  return child;
}

/** Ends `child`, which leads a process group of its own, and its own children at once. */
export function killTethered({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
