/** Starts programs that end with this process, even if this process is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { environmentWith } from '../src/settings.ts';

/**
 * A shell script that starts a watcher and then replaces the shell with the program, which keeps the shell's pid. The
 * watcher reads a pipe that closes when this process ends, even by `kill -9`; the watcher then kills the program and
 * its children. A line in the pipe ends the watcher. A terminal's Ctrl-C reaches neither watcher nor program: this
 * process ends them.
 */
const TETHER = '{ read -r _ <&3 || kill -s KILL -- -$$; } >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Node always encodes file names as UTF-8, but Java and Python use the locale's encoding: in the locale C, Java can't
 * open a file with a non-ASCII name. macOS has no locale C.UTF-8 and does not need it, because all three use UTF-8
 * there.
 */
const UTF8: Readonly<Record<string, string>> = process.platform === 'darwin' ? {} : { LC_ALL: 'C.UTF-8' };

export interface TetheredOptions {
  /** Environment variables that are added to those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string;
}

/** Starts `program` in a UTF-8 locale. Its output goes to the file descriptor `log` or to pipes. */
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
  tether.on('error', () => {}); // the watcher may have ended already
  child.once('exit', () => tether.end('over\n'));
  return child;
}

/** Kills `child`, which leads its own process group, and its children. */
export function killTethered({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
