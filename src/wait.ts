/** Waits with a time limit and a description. */
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './errors.ts';

/** The longest delay of a timer, 24 days. Node.js replaces a longer delay with 1 ms. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

export interface WaitOptions {
  /** Completes the message "Waited 60 s for …", such as "the stream orders to be ACTIVE". */
  readonly what: string;
  readonly timeoutMs: number;
  /** Interval between two checks. It doubles up to `maxIntervalMs` if that is set. */
  readonly intervalMs: number;
  readonly maxIntervalMs?: number;
  /** Called once with "Waiting for …" if the first check fails. */
  readonly onWait?: (sentence: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export class WaitTimeout extends AppError {
  constructor({ what, timeoutMs }: WaitOptions) {
    super(
      'WAIT_TIMEOUT',
      `Waited ${timeoutMs / 1000} s for ${what}, without success: find the cause of the delay, then try again.`,
      {
        retriable: true,
      },
    );
  }
}

/**
 * Calls `check` until it returns a value other than undefined or false, and resolves with that value.
 * Throws any error of `check`. If `signal` aborts, throws an AbortError or the signal's reason.
 * @throws WaitTimeout after `timeoutMs`
 */
export async function waitUntil<T>(
  check: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<Awaited<T>, undefined | false>> {
  const { what, timeoutMs, maxIntervalMs, onWait, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let interval = options.intervalMs;
  for (let first = true; ; first = false) {
    signal?.throwIfAborted();
    const found = await check();
    if (found !== undefined && found !== false) return found as Exclude<Awaited<T>, undefined | false>;
    if (performance.now() >= deadline) throw new WaitTimeout(options);
    if (first) onWait?.(`Waiting for ${what}.`);
    await sleep(interval, undefined, signal && { signal });
    if (maxIntervalMs !== undefined) interval = Math.min(interval * 2, maxIntervalMs);
  }
}

/** Resolves when `signal` aborts; never resolves without a signal. */
export const aborted = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves when a stream has passed on all that was written to it, or fails to. */
export const flushed = (stream: Writable): Promise<void> =>
  new Promise((resolve) => void stream.write('', () => resolve()));

/** Rejects with the signal's reason when it aborts: for `Promise.race`. */
export function rejectedWhenAborted(signal: AbortSignal): Promise<never> {
  const rejected = aborted(signal).then(() => Promise.reject(signal.reason));
  rejected.catch(() => {}); // an abort that no code awaits is not an error
  return rejected;
}

/** Returns whether a process with this id is running, also if it belongs to another user. */
export function isProcessAlive(pid: number): boolean {
  // 0 and negative ids name groups.
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** Returns whether a process with this id is running and belongs to this user; root may signal all processes, so for root to anyone. */
export function isOwnProcessAlive(pid: number): boolean {
  try {
    return isProcessAlive(pid) && process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Returns whether Linux lists a process only because its parent has not asked for its exit code. In a container whose first process
 * is not an init, ended processes can stay listed forever.
 */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The fields follow the program's name, which is in parentheses and can contain any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, threads] = [fields[0], fields[17]];
    // While other threads end, the main thread can already be a zombie, but the process still has its files and ports.
    return state === 'Z' && threads === '1';
  } catch {
    return false; // there is no /proc on macOS
  }
}
