/** The output of a result: a pager on a terminal, otherwise standard output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { flushed } from '../../wait.ts';

export interface Output {
  /**
   * Resolves with true when the reader accepts more text; with false if the reader has ended, for example `head`, or a
   * pager that the user has quit.
   */
  write(text: string): Promise<boolean>;
  /** Resolves when the output is flushed, or the pager has ended. */
  end(): Promise<void>;
}

/** Returns an output that waits for the stream's reader before it writes more. */
function outputTo(stream: Writable, end: () => Promise<unknown>): Output {
  let wanted = true;
  const unwanted = () => {
    wanted = false;
  };
  // EPIPE: the reader has closed the pipe, which is not an error.
  stream.on('error', unwanted).on('close', unwanted);
  return {
    async write(text) {
      if (wanted && !stream.write(text)) await drained(stream).catch(unwanted);
      return wanted;
    },
    async end() {
      await end();
      stream.off('error', unwanted).off('close', unwanted);
    },
  };
}

/** Resolves when the stream accepts more text, or is closed. */
async function drained(stream: Writable): Promise<void> {
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    await Promise.race([once(stream, 'drain', { signal }), once(stream, 'close', { signal })]);
  } finally {
    // Removes the listeners of the event that did not happen.
    waiting.abort();
  }
}

/** Returns standard output; its `end` resolves when everything is flushed, so that the process may exit. */
export function standardOutput(): Output {
  return outputTo(process.stdout, () => flushed(process.stdout));
}

/**
 * Returns an output to a pager; the shell runs `command`. `less` exits immediately if the text fits on the screen, and
 * leaves the text there, unless the variable LESS is set otherwise. It reads UTF-8 also in the locale C, in which it would show
 * each byte of a box as a number.
 */
export function pager(command: string): Output {
  const script = `export LESS="\${LESS-FRX}" LESSCHARSET="\${LESSCHARSET-utf-8}"; ${command}`;
  const child = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'inherit', 'inherit'] });
  const exited = once(child, 'exit').then(() => child.stdin.destroy());
  return outputTo(child.stdin, () => {
    child.stdin.end();
    return exited;
  });
}
