/** The only place in src/ that ends the process: a mistake prints its sentence, a bug its stack, an interruption nothing. */
import { AppError } from './errors.ts';
import { fileError, uncaughtFileError } from './files/errors.ts';
import { endWhenInterrupted, interruptedWith, watchOutput } from './interrupts.ts';
import { cleanEnvironment, proxyVariable, silenceSdkNotice } from './settings.ts';

/** Runs a program's main function and sets the exit code; clean-up belongs into the function's own `finally`. */
export async function runAsProgram(main: () => Promise<number | undefined | void>): Promise<never> {
  let code = 1;
  endWhenInterrupted((code) => process.exit(code));
  silenceSdkNotice();
  const output = watchedOutput();
  try {
    cleanEnvironment();
    code = (await main()) ?? 0;
    const unwritten = await output.error();
    if (unwritten !== undefined) throw unwritten;
  } catch (error) {
    code = 1;
    const interrupted = interruptedWith();
    if (interrupted === undefined || (error as Error).name !== 'AbortError')
      console.error(`${explain(error)}${proxyNote(error)}`);
    else code = interrupted;
  }
  process.exit(code);
}

/** Errors of the standard output, which the console passes over: on a full disk a command would do nothing and succeed. */
function watchedOutput() {
  let error: unknown;
  watchOutput(process.stdout, (met) => {
    // EPIPE: the reader has seen enough.
    if (met.code !== 'EPIPE') error ??= met;
  });
  return {
    async error(): Promise<unknown> {
      // The last line's error comes after it.
      await new Promise((resolve) => setImmediate(resolve));
      return error === undefined ? undefined : fileError('The standard output', error);
    },
  };
}

const ON_THIS_MACHINE = /\b(localhost|127\.\d|\[::1\])/;

/** Returns a line for an error that a proxy may be the reason of, where the environment names one. */
function proxyNote(error: unknown): string {
  const proxy = error instanceof AppError && error.retriable ? proxyVariable() : undefined;
  if (proxy === undefined || ON_THIS_MACHINE.test((error as Error).message)) return '';
  return `\nnote: ${proxy} is set, and connections to Kafka, AWS, Databricks and REST APIs do not go through a proxy.`;
}

/** Returns the sentence of an error that a person can mend, the whole stack of a bug. */
export function explain(caught: unknown): string {
  const error = uncaughtFileError(caught) ?? caught;
  if (error instanceof AppError) return `error: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
