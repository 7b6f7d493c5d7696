/** Asks the user for confirmation on the terminal. */
import readline from 'node:readline/promises';

/**
 * Returns whether the user answered yes; the end of the input counts as no. @throws the reason of `signal` if it aborts
 */
export async function confirm(question: string, signal?: AbortSignal): Promise<boolean> {
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
