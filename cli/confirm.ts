/** Asks the user for confirmation on the terminal. */
import readline from 'node:readline/promises';

/** Returns whether the answer is yes; end of input counts as no. @throws the reason of `signal` when it aborts */
export async function confirm(question: string, signal?: AbortSignal): Promise<boolean> {
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  // While readline reads the keys, the terminal sends no signal for Ctrl-C.
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
