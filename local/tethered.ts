/** Starts programs that end with this process, even if this process is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { AppError } from '../src/errors.ts';
import { environmentWith } from '../src/settings.ts';

/**
 * A shell script that starts a watcher and then replaces the shell with the program, which keeps the shell's pid. The
 * watcher reads a pipe. The pipe closes when this process ends, even by `kill -9`, and the watcher then kills the
 * program and its children. When the program ends first, this process writes a line into the pipe, and the watcher
 * ends. A terminal's Ctrl-C reaches neither the watcher nor the program, so this process must end the program.
 */
const TETHER = '{ read -r _ <&3 || kill -s KILL -- -$$; } >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Node always encodes file names as UTF-8, but Java and Python use the locale's encoding. In the locale C, Java can't
 * open a file with a non-ASCII name. macOS has no locale C.UTF-8. It is not needed there, because Node, Java and Python
 * all use UTF-8 on macOS.
 */
const UTF8: Readonly<Record<string, string>> = process.platform === 'darwin' ? {} : { LC_ALL: 'C.UTF-8' };

export interface TetheredOptions {
  /** Environment variables that are added to those of this process. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string;
  /** Whether the program can send messages to this process, if it is a Node program. */
  readonly ipc?: boolean;
}

/** Starts `program` in a UTF-8 locale. Its output goes to the file descriptor `log` or to pipes. */
export function spawnTethered(
  program: string,
  args: readonly string[],
  log: number | 'pipe',
  { env, cwd, ipc }: TetheredOptions = {},
): ChildProcess {
  const child = spawn('/bin/sh', ['-c', TETHER, 'sh', program, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    env: environmentWith({ ...UTF8, ...env }),
    cwd,
  });
  const tether = child.stdio[3] as Writable;
  tether.on('error', () => {}); // the watcher may have ended already
  child.once('exit', () => tether.end('over\n'));
  return child;
}

/** Returns a promise that rejects with the result of `reason` when `child` ends and this process has sent it no signal. */
export function unexpectedEnd(
  child: ChildProcess,
  reason: () => AppError | Promise<AppError>,
): Promise<never> {
  const failed = once(child, 'exit').then(async () => {
    if (child.killed) return new Promise<never>(() => {});
    throw await reason();
  });
  failed.catch(() => {}); // without this, a rejection that no caller awaits would be unhandled
  return failed;
}

/** Asks `child` to end, and waits until it has ended. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Kills `child` and its children. `child` must lead its own process group, as every child of `spawnTethered` does. */
export function killTethered({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
