import net from 'node:net';
import { expect, test, vi } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { mysqlPosts } from '../../src/posts/mysql.ts';
import { parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import { Database, jsonFormOf } from '../../src/posts/mysql-database.ts';

const connectionOf = (address: string, password?: string) => parseMysqlAddress(address, password).connection;

test('the parts of an address are decoded, and a missing password is read from the environment', () => {
  expect(connectionOf('mysql://ann%40x:p%3Aw@127.0.0.1:3307/pinterest')).toEqual({
    host: '127.0.0.1',
    port: 3307,
    database: 'pinterest',
    user: 'ann@x',
    password: 'p:w',
    keepAliveInitialDelay: 30_000,
  });
  expect(connectionOf('mysql://ann@localhost/pinterest', 'from outside')).toMatchObject({
    port: 3306,
    password: 'from outside',
  });
});

test('the printed name of a database contains neither user nor password', () => {
  expect(parseMysqlAddress('mysql://ann:secret@db.example.com/pinterest', undefined).name).toBe(
    'mysql://db.example.com:3306/pinterest',
  );
});

test('connections to other machines use TLS and verify certificate and name', () => {
  const verified = { rejectUnauthorized: true, verifyIdentity: true };
  expect(connectionOf('mysql://ann@db.example.com/pinterest').ssl).toMatchObject(verified);
  const amazon = connectionOf('mysql://ann@x.eu-west-1.rds.amazonaws.com/pinterest').ssl as { ca: string[] };
  expect(amazon).toMatchObject(verified);
  expect(amazon.ca.length).toBeGreaterThan(0);
  expect(connectionOf('mysql://ann@db.example.com/pinterest?ssl-mode=DISABLED').ssl).toBeUndefined();
  expect(connectionOf('mysql://ann@localhost/pinterest').ssl).toBeUndefined();
  expect(connectionOf('mysql://ann@localhost/pinterest?ssl-mode=VERIFY_IDENTITY').ssl).toMatchObject(
    verified,
  );
});

test('a tunnel on another machine is reached over TLS, even if it leads to localhost', () => {
  const sslVia = (via: string) => connectionOf(`mysql://ann@localhost/pinterest?via=${via}`).ssl;
  expect(sslVia('10.0.0.7:3306')).toMatchObject({ verifyIdentity: true });
  expect(sslVia('10.0.0.7:3306&ssl-mode=DISABLED')).toBeUndefined();
  expect(sslVia('127.0.0.1:13306')).toBeUndefined();
});

test("with a tunnel the connection goes to the tunnel's local end, and the database's certificate is verified", () => {
  const far = parseMysqlAddress('mysql://ann@db.example.com/pinterest?via=127.0.0.1:13306', 'secret');
  expect(far).toMatchObject({ name: 'mysql://db.example.com:3306/pinterest', via: '127.0.0.1:13306' });
  expect(far.connection).toMatchObject({ host: 'db.example.com', ssl: { verifyIdentity: true } });
  const connect = vi.spyOn(net, 'connect').mockReturnValue(new net.Socket());
  (far.connection.stream as () => void)();
  expect(connect).toHaveBeenCalledWith({
    ...{ host: '127.0.0.1', port: 13306, noDelay: true },
    ...{ keepAlive: true, keepAliveInitialDelay: 30_000 },
  });
  connect.mockRestore();
});

test('a user with auth=iam has no password, even if the environment has one', () => {
  const address = 'mysql://reader@x.eu-west-1.rds.amazonaws.com/pinterest?auth=iam';
  const { connection, iam } = parseMysqlAddress(address, 'from outside');
  expect([iam, connection.password]).toEqual([true, '']);
  expect(Object.keys(connection.authPlugins ?? {})).toEqual(['mysql_clear_password']);
});

test('a token is sent only over verified TLS', async () => {
  const address = 'mysql://reader@x.eu-west-1.rds.amazonaws.com/pinterest?auth=iam';
  const plugin = connectionOf(address).authPlugins?.mysql_clear_password;
  for (const stream of [{}, { encrypted: true, authorized: false }])
    await expect(plugin?.({ connection: { stream } as never, command: '' })(Buffer.alloc(0))).rejects.toThrow(
      'x.eu-west-1.rds.amazonaws.com requests the IAM token without verified TLS.',
    );
});

test.each([
  ['mysql://ann:secret@db.example.com', /^--from must be mysql:\/\/user@host\/database/],
  ['mysql://db.example.com/pinterest', /^--from must be mysql:\/\/user@host\/database/],
  ['mysql://ann:secret%@db.example.com/pinterest', /with special characters percent-encoded\.$/],
  ['mysql://ann:secret@db.example.com/d%b', /with special characters percent-encoded\.$/],
  ['mysql://ann:secret@db:65536/pinterest', /^The address of a database must have a port from 1 to 65535/],
  ['mysql://ann:secret@:0:0/pinterest', /^The address of a database must have an IPv6 address in brackets/],
  [
    'mysql://ann:secret@localhost/pinterest?ssl=no',
    /can have the parameters ssl-mode, ssl-ca, auth, via, not ssl\.$/,
  ],
  [
    'mysql://ann:secret@db.example.com/pinterest?auth=iam',
    /has both a password and auth=iam: use only one of them\.$/,
  ],
  ['mysql://ann@localhost/pinterest?auth=iam', /^auth=iam sends a token only over TLS: add ssl-mode=/],
  [
    'mysql://ann@db.example.com/pinterest?auth=ldap',
    /^auth must be iam, for an Amazon RDS database, or be omitted/,
  ],
  [
    'mysql://ann:secret@db.example.com/pinterest?via=nowhere',
    /^via must be the address at which a tunnel listens, host:port,/,
  ],
  [
    'mysql://ann:secret@localhost/pinterest?ssl-mode=MAYBE',
    /^ssl-mode must be VERIFY_IDENTITY or DISABLED, not MAYBE/,
  ],
  [
    'mysql://ann:secret@db.example.com/pinterest?ssl-ca=/no/such',
    /^The ssl-ca file \/no\/such isn't there: check its path\.$/,
  ],
])('%s is an error of one sentence without the password', (address, sentence) => {
  try {
    parseMysqlAddress(address, undefined);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).not.toContain('secret');
  }
});

test('random draws end with an error if the tables were emptied after the numbers were read', async () => {
  const rows = vi.spyOn(Database.prototype, 'rows');
  rows.mockImplementation(async (sql) => {
    if (rows.mock.calls.length > 20) throw new Error('The draws do not end.');
    return sql.includes('DISTINCT') ? [{ number: 7 }] : [];
  });
  const address = parseMysqlAddress('mysql://ann@127.0.0.1/pinterest', undefined);
  const posts = mysqlPosts({ address, order: 'random' }).read() as AsyncGenerator;
  await expect(posts.next()).rejects.toMatchObject({ code: 'POSTS_NOT_FOUND' });
  rows.mockRestore();
});

test.each([
  ['BLOB', Buffer.from('a 🦊'), 'a 🦊'],
  ['BLOB', Buffer.from([0x61, 0xff]), 'a\ufffd'],
  ['BLOB', Buffer.alloc(0), ''],
  ['BIT', Buffer.from([1]), 1],
  ['BIT', Buffer.alloc(8, 0xff), '18446744073709551615'],
  ['NEWDECIMAL', '51.50000', 51.5],
  ['NEWDECIMAL', '-0.001', -0.001],
  ['NEWDECIMAL', '12345678901234567890.120', '12345678901234567890.120'],
  ['VARCHAR', '1.0', '1.0'],
  ['BLOB', null, null],
])('a value of the type %s, %o, is sent as %o', (type, value, sent) => {
  expect(jsonFormOf(value, type)).toBe(sent);
});
