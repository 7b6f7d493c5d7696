/**
 * Runs programs and exits their process. Prints the message of an AppError, the stack of a bug, and nothing for an
 * interruption.
 */
import { AppError } from './errors.ts';
import { fileError, uncaughtFileError } from './files/errors.ts';
import { endWhenInterrupted, interruptedWith, watchOutput } from './interrupts.ts';
import { cleanEnvironment, proxyVariable, silenceSdkNotice } from './settings.ts';
import { printable } from './visible.ts';
import { flushed } from './wait.ts';

/** Runs a program's main function and exits with its code; clean-up belongs in the function's `finally`. */
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
    if (interrupted === undefined) await output.error();
  }
  process.exit(code);
}

/**
 * Keeps the first error of standard output. The console ignores these errors, so without this function a command would seem to
 * succeed on a full disk.
 */
function watchedOutput() {
  let error: unknown;
  watchOutput(process.stdout, (met) => {
    // EPIPE: the reader has closed the pipe.
    if (met.code !== 'EPIPE') error ??= met;
  });
  return {
    /** Waits until everything is written: the exit would cut off what a pipe has not taken yet. */
    async error(): Promise<unknown> {
      if (process.stdout.writableLength > 0) await flushed(process.stdout);
      // An error of the last line is emitted after the write.
      await new Promise((resolve) => setImmediate(resolve));
      return error === undefined ? undefined : fileError('The standard output', error);
    },
  };
}

const ON_THIS_MACHINE = /\b(localhost|127\.\d|\[::1\])/;

/** Returns a note if the environment sets a proxy, and the error may be due to the proxy. */
function proxyNote(error: unknown): string {
  const proxy = error instanceof AppError && error.retriable ? proxyVariable() : undefined;
  if (proxy === undefined || ON_THIS_MACHINE.test((error as Error).message)) return '';
  return `\nnote: ${proxy} is set, and connections to Kafka, AWS, Databricks and REST APIs do not go through a proxy.`;
}

/** Returns the message of an error that the user can fix, or the stack of a bug. Both may quote records and servers. */
export function explain(caught: unknown): string {
  const error = uncaughtFileError(caught) ?? caught;
  if (error instanceof AppError) return printable(`error: ${error.message}`);
  return printable(error instanceof Error ? (error.stack ?? error.message) : String(error));
}
