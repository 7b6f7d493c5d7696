/** Handles interruptions: Ctrl-C, SIGTERM, a closed terminal, an output without a reader, a parent process that has exited. */
import { setMaxListeners } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { npmScript } from './settings.ts';

/**
 * Exit code by reason: 128 plus the signal's number. A parent that has exited counts as a closed terminal (SIGHUP). An
 * output without a reader counts as SIGPIPE.
 */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, SIGPIPE: 141 } as const;

type Reason = keyof typeof EXIT_CODES;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Signals within this time count as one press: the terminal sends a press to this process and to npm, and npm forwards it
 * here again.
 */
const SAME_PRESS_MS = 1000;

/** Time limit for an orderly end if the user can't press Ctrl-C again. */
const UNATTENDED_MS = 10_000;

/** Time limit for a program to end itself after the second press. */
const LAST_OUTPUT_MS = 2000;

const PARENT_POLL_MS = 500;

export interface Interrupts {
  /** Aborts at the first Ctrl-C. */
  readonly first: AbortSignal;
  /** Aborts at a second press, or 10 s after the terminal or the output was closed. */
  readonly second: AbortSignal;
  /** The exit code for the reason of the interruption. */
  readonly exitCode: number;
  /** While true, a second press does nothing, because another program, such as a pager, reads the terminal. */
  ignoreSecond: boolean;
  /** Has the effect of a first press. */
  interrupt(): void;
  /** Stops handling the signals. */
  release(): void;
}

export interface InterruptsOptions {
  /** True if the program ends itself after the second press; otherwise the second press ends the program immediately. */
  readonly twice?: boolean;
}

const holders = new Set<(reason: Reason) => void>();

let end: (code: number) => void = () => {};

let interrupted: number | undefined;

/** Returns the exit code of this process if it was interrupted; undefined otherwise. */
export const interruptedWith = (): number | undefined => interrupted;

/** Handles the signals until `release`: the first press requests an orderly end, the second ends the program. */
export function interrupts({ twice = false }: InterruptsOptions = {}): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  // Each running statement listens. Above ten listeners, Node.js would print a warning.
  setMaxListeners(0, first.signal, second.signal);
  let pressed: number | undefined;
  let because: Reason = 'SIGINT';
  const again = () => {
    if (taken.ignoreSecond) return;
    second.abort();
    if (!twice) return end(EXIT_CODES[because]);
    setTimeout(() => end(EXIT_CODES[because]), LAST_OUTPUT_MS).unref();
  };
  const press = (reason: Reason) => {
    const now = performance.now();
    const unattended = reason === 'SIGHUP' || reason === 'SIGPIPE';
    if (pressed === undefined) {
      pressed = now;
      because = reason;
      interrupted = EXIT_CODES[reason];
      if (unattended) setTimeout(again, UNATTENDED_MS).unref();
    }
    // The first press may also end the parent process or close the output. Neither counts as a second press.
    if (now - pressed > SAME_PRESS_MS && !unattended) again();
    first.abort();
  };
  const listeners = SIGNALS.map((signal) => [signal, () => press(signal)] as const);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  holders.add(press);
  const taken: Interrupts = {
    first: first.signal,
    second: second.signal,
    ignoreSecond: false,
    get exitCode() {
      return EXIT_CODES[because];
    },
    interrupt: () => first.abort(),
    release() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      holders.delete(press);
    },
  };
  return taken;
}

const watching = new Set<unknown>();

/** Calls `listener` for every error of an output. A closed pipe still counts as an interruption, as without the listener. */
export function watchOutput(
  stream: NodeJS.WriteStream,
  listener: (error: NodeJS.ErrnoException) => void,
): void {
  watching.add(listener);
  stream.on('error', listener);
}

/**
 * Calls `exit` with the exit code at every interruption, unless `interrupts` handles the interruption. This is needed because a
 * signal no longer ends a process if a library listens to the signal.
 */
export function endWhenInterrupted(exit: (code: number) => void): void {
  end = exit;
  for (const signal of SIGNALS)
    process.on(signal, () => {
      if (holders.size === 0) exit(EXIT_CODES[signal]);
    });
  const gone = (reason: Reason) => {
    if (holders.size === 0) exit(EXIT_CODES[reason]);
    for (const press of holders) press(reason);
  };
  for (const stream of [process.stdout, process.stderr])
    watchOutput(stream, ({ code }) => {
      // A command that has its own error listener handles a closed output itself.
      if (code === 'EPIPE' && stream.listeners('error').every((one) => watching.has(one))) gone('SIGPIPE');
    });
  process.on('disconnect', () => gone('SIGHUP'));
  if (process.channel !== undefined && !process.connected) gone('SIGHUP');
  watchParent(() => gone('SIGHUP'));
}

/**
 * Calls `gone` when npm ends, because npm neither forwards SIGHUP nor stops the program when it ends. npm runs the program in a
 * shell that outlives npm. So the end of npm is detected when the shell's parent changes.
 */
function watchParent(gone: () => void): void {
  if (npmScript() === undefined) return;
  const parent = process.ppid;
  const grandparent = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === grandparent) return;
    clearInterval(timer);
    gone();
  }, PARENT_POLL_MS);
  timer.unref();
}

/** Returns the id of the parent of a shell's process; undefined for other processes, and outside Linux. */
function parentOf(pid: number): string | undefined {
  try {
    // The process name is in parentheses, and may itself contain spaces and parentheses.
    const [, name = '', parent] =
      /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return /sh$/.test(name) ? parent : undefined;
  } catch {
    return undefined;
  }
}

/** Creates a temporary folder, which this process removes when it ends. start.mjs has checked that it can be created. */
export function temporaryFolder(prefix: string): string {
  const made = mkdtempSync(path.join(os.tmpdir(), prefix));
  process.once('exit', () => rmSync(made, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  return made;
}
