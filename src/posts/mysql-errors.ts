/** Translates mysql2's errors into one sentence each, without user or password. */

import { AppError } from '../errors.ts';
import { certificateProblem, networkFailure } from '../network.ts';
import type { MysqlAddress } from './mysql-address.ts';
import { TABLES } from './source-tables.ts';

const AND = new Intl.ListFormat('en');

/** Error codes of a server that is busy, does not answer or has closed the connection; the same query may succeed later. */
const GONE = [
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_LOCK_WAIT_TIMEOUT',
];

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/** Returns whether the same query may succeed later: the server is busy, silent, restarts, or can't be reached or found at the moment. */
export const isGone = (error: unknown): boolean =>
  !(error instanceof AppError) &&
  certificateProblem(error) === undefined &&
  (GONE.includes(codeOf(error)) || networkFailure(error) !== undefined);

/** Returns an AppError for an error of mysql2; returns any other error unchanged, because it is a bug. */
export function explainMysql(error: unknown, address: Omit<MysqlAddress, 'connection'>): unknown {
  const code = codeOf(error);
  if (error instanceof AppError || code === '') return error;
  return new AppError('MYSQL_UNUSABLE', sentence(error as Error, code, address), {
    retriable: isGone(error),
    cause: new Error(code),
  });
}

function sentence(
  error: Error,
  code: string,
  { name: database, via, iam }: Omit<MysqlAddress, 'connection'>,
): string {
  const { message } = error;
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return `The certificate of ${database} is not trusted (${untrusted}): name its certificate authority in the address, ?ssl-ca=FILE.`;
  if (isGone(error))
    return via === undefined
      ? `No MySQL server responds at ${database} (${code}): start it, or correct the address.`
      : `No MySQL server responds at ${database} through ${via} (${code}): open the tunnel, or correct via=.`;
  if (code.startsWith('ER_ACCESS_DENIED') || code === 'ER_DBACCESS_DENIED_ERROR')
    return iam
      ? `${database} rejects this user with an IAM token: the AWS identity needs rds-db:connect for the user, and the database needs the user with AWSAuthenticationPlugin ("npm run infra seed" creates it).`
      : `${database} rejects this user or password: check the address, and MYSQL_PWD if the address has no password.`;
  if (code === 'ER_BAD_DB_ERROR') return `The database ${database} does not exist: check the address.`;
  if (code === 'ER_NO_SUCH_TABLE' || code === 'ER_BAD_FIELD_ERROR')
    return `${database} lacks a table or column (${message}): expected ${AND.format(TABLES.map(({ table, number }) => `${table} with a column ${number}`))}.`;
  if (code === 'ER_TABLEACCESS_DENIED_ERROR')
    return `${database} does not let this user read posts: the user needs SELECT on ${AND.format(TABLES.map(({ table }) => table))}.`;
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT' || code === 'ER_SECURE_TRANSPORT_REQUIRED')
    return `${database} and this command do not agree on TLS (${code}): set ssl-mode=VERIFY_IDENTITY or ssl-mode=DISABLED in the address.`;
  return `${database} rejected the query (${code}).`;
}
