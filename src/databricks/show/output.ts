/** Where a result goes: a pager where a person sits before a terminal, standard output elsewhere. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

export interface Output {
  /** Resolves when more is wanted; with false when nothing is: the pager was left, or `head` has seen enough. */
  write(text: string): Promise<boolean>;
  /** Resolves when all of it was seen. */
  end(): Promise<void>;
}

/** Writes no faster than it is read. */
function outputTo(stream: Writable, end: () => Promise<unknown>): Output {
  let wanted = true;
  const unwanted = () => {
    wanted = false;
  };
  // EPIPE: the reader has closed its end, which is no error.
  stream.on('error', unwanted).on('close', unwanted);
  return {
    async write(text) {
      if (wanted && !stream.write(text))
        await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(unwanted);
      return wanted;
    },
    async end() {
      await end();
    },
  };
}

/** Ends when all is flushed: the process may exit then. */
export function standardOutput(): Output {
  const flushed = () => new Promise<void>((resolve) => void process.stdout.write('', () => resolve()));
  return outputTo(process.stdout, flushed);
}

/**
 * Returns a pager, as the shell reads it. `less` leaves at once when all fits the screen, and what it showed stays
 * there, unless its own variable LESS says otherwise.
 */
export function pager(command: string): Output {
  const script = `export LESS="\${LESS-FRX}"; ${command}`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'inherit', 'inherit'] });
  const exited = once(child, 'exit').then(() => child.stdin.destroy());
  return outputTo(child.stdin, () => {
    child.stdin.end();
    return exited;
  });
}
