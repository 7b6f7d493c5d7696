/** Asks the user for confirmation on the terminal. */
import readline from 'node:readline/promises';
import { UsageError } from '../src/errors.ts';

export interface ConfirmOptions {
  /** The command that does the same without asking, for the error if there is no terminal. */
  readonly command: string;
  /** A sentence for this error: what would be lost. */
  readonly loss?: string;
  readonly signal?: AbortSignal;
}

/**
 * Returns whether the user answered yes; the end of the input counts as no.
 * @throws UsageError if there is no terminal; the reason of `signal` if it aborts
 */
export async function confirm(question: string, { command, loss, signal }: ConfirmOptions): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new UsageError(
      `${loss === undefined ? '' : `${loss} `}The command asks for confirmation, which needs a terminal. To confirm in advance, run "${command}".`,
    );
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  // While readline reads keys, Ctrl-C raises this event instead of a signal. Therefore the signal is sent here.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const asked = `${question} (y/N) `;
    const answer = await Promise.race([
      signal ? terminal.question(asked, { signal }) : terminal.question(asked),
      ended,
    ]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}
