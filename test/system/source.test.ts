/**
 * Seeds the source database and reads it as an AWS identity, over TLS and through a tunnel. A real MariaDB requests the
 * IAM token as RDS does, through the clear-text plugin. The test checks the token's signature, as IAM does for RDS.
 */
import { createHash, createHmac } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { DATABASE, READER } from '../../infra/source/database.ts';
import { fillSource } from '../../infra/source/seed.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { mysqlPosts } from '../../src/posts/mysql.ts';
import { parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import type { Post } from '../../src/posts/post.ts';
import { readSettings } from '../../src/settings.ts';
import { type Mariadb, makeTls, pamProblem, startMariadb, unpackMariadb } from '../fixtures/mariadb.ts';
import { asRoot } from '../fixtures/pinterest-tables.ts';

const unpacked = await unpackMariadb(readSettings().cache);
const missing = 'missing' in unpacked ? unpacked.missing : pamProblem();
if (missing !== undefined) console.warn(`Skipped: the source database. ${missing}`);

const HOST = 'db.test';
const REGION = 'eu-west-1';
const SECRET = 'secret';
/** MariaDB's equivalent of RDS's `AWSAuthenticationPlugin AS 'RDS'`. */
const LOGIN = "IDENTIFIED VIA pam USING 'rds'";

const OF_ANOTHER = 'it is of another identity';

/**
 * Checks a token as IAM does: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html.
 * @returns the problem; undefined for a valid token
 */
function tokenProblem(token: string, port: number, accessKey: string): string | undefined {
  const [, host, query = ''] = /^([^/]*)\/\?(.*)$/.exec(token) ?? [];
  const given = new Map(query.split('&').map((pair) => pair.split('=') as [string, string]));
  if (host !== `${HOST}:${port}`) return `it is for ${host}`;
  if (given.get('Action') !== 'connect' || given.get('DBUser') !== READER) return 'it is for another user';
  const time = given.get('X-Amz-Date') ?? '';
  const scope = `${time.slice(0, 8)}/${REGION}/rds-db/aws4_request`;
  if (decodeURIComponent(given.get('X-Amz-Credential') ?? '') !== `${accessKey}/${scope}`) return OF_ANOTHER;
  const signed = [...given]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = signed.map((pair) => pair.join('=')).join('&');
  const sha256 = (words: string) => createHash('sha256').update(words).digest('hex');
  const request = ['GET', '/', canonical, `host:${host}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(request)].join('\n');
  const hmac = (key: string | Buffer, words: string) => createHmac('sha256', key).update(words).digest();
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`);
  return hmac(key, toSign).toString('hex') === given.get('X-Amz-Signature')
    ? undefined
    : 'its signature is wrong';
}

describe.skipIf(missing !== undefined)('the source database', () => {
  let folder: string;
  let server: Mariadb;
  let iam: http.Server;
  let tunnel: net.Server;
  /** The problem of each token of this test; undefined for a valid token. */
  let tokens: (string | undefined)[];
  /** Each test has its own, because a token of an earlier test may arrive late: a reader fails with its first connection. */
  let accessKey = 'AKIDEXAMPLE';

  const near = () => `127.0.0.1:${(tunnel.address() as AddressInfo).port}`;
  const query = (more: string) =>
    `ssl-mode=VERIFY_IDENTITY&ssl-ca=${path.join(folder, 'certificate.pem')}&via=${near()}${more}`;
  const address = (user: string, more = '') =>
    `mysql://${user}@${HOST}:${server.port}/${DATABASE}?${query(more)}`;
  const asReader = () =>
    mysqlPosts({ address: parseMysqlAddress(address(READER, '&auth=iam'), undefined, REGION) });
  const fill = (count: number) =>
    fillSource(parseMysqlAddress(address('admin'), 'admin'), { count, login: LOGIN });

  async function lines(posts = asReader()): Promise<string[]> {
    const found: string[] = [];
    for await (const post of posts.read()) found.push(...post.map(({ line }) => line.toString()));
    return found;
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'source-'));
    const tls = await makeTls(folder, HOST);
    iam = http.createServer(async (request, response) => {
      const problem = tokenProblem((await text(request)).replace(/\0.*/s, ''), server.port, accessKey);
      if (problem !== OF_ANOTHER) tokens.push(problem);
      response.writeHead(problem === undefined ? 200 : 403).end();
    });
    await new Promise<void>((listening) => iam.listen(0, '127.0.0.1', listening));
    const pam = path.join(folder, 'pam.d');
    await mkdir(pam);
    const ask = path.join(folder, 'ask.sh');
    const { port } = iam.address() as AddressInfo;
    const script = `let b = ''; for await (const part of process.stdin) b += part;
      process.exit((await fetch('http://127.0.0.1:${port}', { method: 'POST', body: b })).ok ? 0 : 1);`;
    await writeFile(path.join(folder, 'ask.mjs'), script);
    await writeFile(ask, `#!/bin/sh\nexec '${process.execPath}' '${path.join(folder, 'ask.mjs')}'\n`);
    await chmod(ask, 0o755);
    await writeFile(
      path.join(pam, 'rds'),
      `auth required pam_exec.so expose_authtok quiet ${ask}\naccount required pam_permit.so\n`,
    );
    server = await startMariadb({ root: (unpacked as { root: string }).root, state: folder, tls, pam });
    tunnel = net.createServer((socket) => {
      const far = net.connect(server.port, '127.0.0.1');
      for (const one of [socket, far]) one.on('error', () => {});
      socket.pipe(far).pipe(socket);
    });
    await new Promise<void>((listening) => tunnel.listen(0, '127.0.0.1', listening));
    const root = await asRoot(server);
    await root.query(`CREATE DATABASE ${DATABASE}; CREATE USER admin IDENTIFIED BY 'admin';
      GRANT ALL ON *.* TO admin WITH GRANT OPTION`);
    await root.end();
  });

  afterAll(async () => {
    tunnel?.close();
    iam?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
    vi.unstubAllEnvs();
  });

  beforeEach(() => {
    tokens = [];
    accessKey += 'E';
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKey);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET);
  });

  test('has each post once, even if it is filled again with the same posts and then with more posts', async () => {
    expect(await fill(300)).toBe(300);
    expect(await fill(300)).toBe(0);
    expect(await fill(700)).toBe(400);
    const made = [...(emulatedPosts({ seed: 1, count: 700 }).read() as Iterable<Post>)];
    expect(await lines()).toEqual(made.flatMap((post) => post.map(({ line }) => line.toString())));
  });

  test('gets a token for the database, not for the tunnel, signed by the AWS identity', async () => {
    await lines();
    expect(tokens.length).toBeGreaterThan(0);
    expect(new Set(tokens)).toEqual(new Set([undefined]));
  });

  test('rejects the token of another identity, and the error names the missing permission', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
    await expect(lines()).rejects.toThrow(
      new RegExp(
        `^mysql://${HOST}:\\d+/${DATABASE} rejects this user with an IAM token: .* needs rds-db:connect`,
      ),
    );
    expect(tokens[0]).toBe('its signature is wrong');
  });

  test('gets no token if there are no AWS credentials, and the error explains how to get credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    await expect(lines()).rejects.toThrow(/^There are no usable AWS credentials \(/);
    expect(tokens).toEqual([]);
  });

  test('gets no token if its certificate is for another name', async () => {
    const other = address(READER, '&auth=iam').replace(HOST, 'other.test');
    const posts = mysqlPosts({ address: parseMysqlAddress(other, undefined, REGION) });
    await expect(lines(posts)).rejects.toThrow(/is not trusted/);
    expect(tokens).toEqual([]);
  });

  test('is unreachable if the tunnel is not open, and the error names the tunnel', async () => {
    const unreachable = parseMysqlAddress(address('admin').replace(near(), '127.0.0.1:1'), 'admin');
    await expect(fillSource(unreachable, { count: 1, login: LOGIN })).rejects.toThrow(
      new RegExp(
        `^No MySQL server responds at mysql://${HOST}:\\d+/${DATABASE} through 127\\.0\\.0\\.1:1 \\(ECONNREFUSED\\): open the tunnel`,
      ),
    );
  });
});
