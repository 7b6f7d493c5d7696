/**
 * Every error a person can do something about is an `AppError`: one sentence that says what was expected, what was
 * met and what to do. The command line prints that sentence and exits with 1; anything else is a bug and shows its stack.
 */
export class AppError extends Error {
  /** Short and stable, for logs and tests: `BROKER_UNREACHABLE`. */
  readonly code: string;
  /** True where the same call may succeed later without anybody doing anything. */
  readonly retriable: boolean;

  constructor(code: string, message: string, options: { retriable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retriable = options.retriable ?? false;
  }
}

/** A flag, an argument or an environment variable that can't be used as it is. */
export class UsageError extends AppError {
  constructor(message: string) {
    super('USAGE', message);
  }
}
