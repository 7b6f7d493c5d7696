/** The only place in src/ that ends the process: a mistake prints its sentence, a bug its stack, an interruption nothing. */
import { AppError } from './errors.ts';
import { uncaughtFileError } from './files/errors.ts';
import { endWhenInterrupted, interruptedWith } from './interrupts.ts';
import { silenceSdkNotice } from './settings.ts';

/** Runs a program's main function and sets the exit code; clean-up belongs into the function's own `finally`. */
export async function runAsProgram(main: () => Promise<number | undefined | void>): Promise<never> {
  let code = 1;
  endWhenInterrupted((code) => process.exit(code));
  silenceSdkNotice();
  try {
    code = (await main()) ?? 0;
  } catch (error) {
    const interrupted = interruptedWith();
    if (interrupted === undefined || (error as Error).name !== 'AbortError') console.error(explain(error));
    else code = interrupted;
  }
  process.exit(code);
}

/** Returns the sentence of an error that a person can mend, the whole stack of a bug. */
export function explain(caught: unknown): string {
  const error = uncaughtFileError(caught) ?? caught;
  if (error instanceof AppError) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
