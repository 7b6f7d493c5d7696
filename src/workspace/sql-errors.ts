/** What went wrong between the driver and a warehouse, in a sentence. */
import { AppError } from '../errors.ts';
import { refused, unreachable } from './warehouses.ts';

/** The driver's errors and those below it, as far as they tell what happened. */
interface DriverError {
  readonly message?: string;
  readonly code?: string | number;
  /** Of an operation's state: `CANCELED`, `ERROR`, … */
  readonly errorCode?: string;
  /** Of an HTTP answer. */
  readonly statusCode?: number;
  /** node-fetch's. */
  readonly type?: string;
}

/** As OpenSSL and Node name what is wrong with a certificate. */
const CERTIFICATE = /CERT|SIGNATURE|ALTNAME/;

/** Errors whose message came from the other side; any other is a bug. */
const SAID = new Set(['Status Error', 'TApplicationException']);

/** `SQL_FAILED` says what the warehouse said; `CANCELED` is a statement that somebody cancelled. */
export function explainSql(error: unknown, host: string): unknown {
  if (error instanceof AppError) return error;
  const { message = '', code, errorCode, statusCode, type } = error as DriverError;
  if (errorCode === 'CANCELED' || errorCode === 'CLOSED')
    return new AppError('CANCELED', 'The statement was cancelled.', { cause: error });
  if (statusCode === 401 || statusCode === 403) return refused(host);
  if (typeof code === 'string' && CERTIFICATE.test(code))
    return new AppError(
      'CERTIFICATE',
      `The certificate of the SQL warehouse can't be trusted (${code}): nothing was sent. Is it really ${host}?`,
      { cause: error },
    );
  if (type === 'system' || statusCode !== undefined) return unreachable(host, error);
  if (errorCode === undefined && !SAID.has((error as Error).name)) return error;
  return new AppError('SQL_FAILED', message, { cause: error });
}
