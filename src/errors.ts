/**
 * An error that the user can fix: its message is one sentence with what was expected, what was found and what to do. The
 * command line prints the message and exits with 1. Any other error is a bug, and its stack is printed.
 */
export class AppError extends Error {
  /** Short and stable, for logs and tests: `BROKER_UNREACHABLE`. */
  readonly code: string;
  /** True if the same call may succeed later without any change. */
  readonly retriable: boolean;

  constructor(code: string, message: string, options: { retriable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

/** An invalid flag, argument or environment variable. */
export class UsageError extends AppError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
