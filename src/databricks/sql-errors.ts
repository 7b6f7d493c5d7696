/** Translates errors of the SQL driver and of warehouses. */
import { AppError } from '../errors.ts';
import { certificateProblem, isLoopback, untrustedMessage } from '../network.ts';

/** The fields that identify the cause of an error of the driver or of its libraries. */
interface DriverError {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string | number;
  /** The state of an operation: `CANCELED`, `ERROR`, … */
  readonly errorCode?: string;
  /** The status of an HTTP response. */
  readonly statusCode?: number;
  /** The type of a node-fetch error. */
  readonly type?: string;
}

/** Names of errors whose message comes from the warehouse; any other error is a bug. */
const SAID = new Set(['Status Error', 'TApplicationException']);

/**
 * Returns the error as an AppError: `SQL_FAILED` has the warehouse's message, `CANCELED` means a canceled statement.
 * Returns any other error unchanged, because it is a bug.
 */
export function explainSql(error: unknown, host: string): unknown {
  if (error instanceof AppError) return error;
  const { name = '', message = '', code, errorCode, statusCode, type } = error as DriverError;
  const because = (code: string, sentence: string, retriable = false) =>
    new AppError(code, sentence, { cause: error, retriable });
  if (errorCode === 'CANCELED' || errorCode === 'CLOSED')
    return because('CANCELED', 'The statement was canceled.');
  if (statusCode === 401 || statusCode === 403)
    return because(
      'TOKEN_REFUSED',
      `The SQL warehouse of ${host} does not accept the token: the token is wrong, or its user has no permission for the warehouse.`,
    );
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return because('CERTIFICATE', untrustedMessage(`the SQL warehouse of ${host}`, untrusted));
  if (type === 'system' || statusCode !== undefined) {
    const advice = isLoopback(new URL(host).hostname)
      ? 'start the workspace on this machine with npm run local.'
      : 'check that the warehouse is running.';
    return because(
      'WAREHOUSE_UNREACHABLE',
      `The SQL warehouse of ${host} does not respond (${statusCode ?? code}): ${advice}`,
      true,
    );
  }
  if (errorCode === undefined && !SAID.has(name)) return error;
  return because('SQL_FAILED', message);
}
