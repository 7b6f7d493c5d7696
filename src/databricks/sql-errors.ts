/** What went wrong between the driver and a warehouse, in a sentence. */
import { AppError } from '../errors.ts';
import { certificateProblem, isLoopback } from '../network.ts';

/** The driver's errors and those below it, as far as they tell what happened. */
interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string | number;
  /** Of an operation's state: `CANCELED`, `ERROR`, … */
  readonly errorCode?: string;
  /** Of an HTTP answer. */
  readonly statusCode?: number;
  /** node-fetch's. */
  readonly type?: string;
}

/** Errors whose message came from the other side; any other is a bug. */
const SAID = new Set(['Status Error', 'TApplicationException']);

/** `SQL_FAILED` has the warehouse's message; `CANCELED` is a canceled statement. */
export function explainSql(error: unknown, host: string): unknown {
  if (error instanceof AppError) return error;
  const { name = '', message = '', code, errorCode, statusCode, type } = error as DriverError;
  const because = (code: string, sentence: string, retriable = false) =>
    new AppError(code, sentence, { cause: error, retriable });
  if (errorCode === 'CANCELED' || errorCode === 'CLOSED')
    return because('CANCELED', 'The statement was cancelled.');
  if (statusCode === 401 || statusCode === 403)
    return because(
      'TOKEN_REFUSED',
      `The SQL warehouse of ${host} does not accept the token: it is wrong, or whose it is may not use the warehouse.`,
    );
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return because(
      'CERTIFICATE',
      `The certificate of the SQL warehouse of ${host} can't be trusted (${untrusted}): nothing was sent to it.`,
    );
  if (type === 'system' || statusCode !== undefined) {
    const advice = isLoopback(new URL(host).hostname)
      ? 'start the workspace on this machine with npm run local.'
      : 'is the warehouse up?';
    return because(
      'WAREHOUSE_UNREACHABLE',
      `The SQL warehouse of ${host} does not answer (${statusCode ?? code}): ${advice}`,
      true,
    );
  }
  if (errorCode === undefined && !SAID.has(name)) return error;
  return because('SQL_FAILED', message);
}
