/** SQL on the local workspace: through Databricks' unchanged driver, `openSql`, and `npm run query` as a user runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DBSQLClient, type LogLevel } from '@databricks/sql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeCertificate } from '../../local/workspace/sql/certificate.ts';
import { openSql, type Sql } from '../../src/databricks/sql.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import { ROOT } from '../../src/root.ts';
import { MAIN, resultOf, startCommand } from '../fixtures/command.ts';
import { listening } from '../fixtures/listening.ts';
import { marksOf, rowsOf, sectionOf, textOf } from '../fixtures/report.ts';
import { type SqlWorkspace, startSqlWorkspace } from '../fixtures/sql-workspace.ts';
import { until } from '../fixtures/until.ts';
import { Client, task } from '../fixtures/workspace.ts';
import { testValues } from './query-values.ts';

const MANY = 100_000;
/** A statement that never ends. */
const ENDLESS = 'SELECT count(*) AS n FROM range(1000000000000000) WHERE sqrt(id) < 0';

let started: SqlWorkspace;
let workspace: SqlWorkspace['workspace'];
let folder: string;
let credentials: string;
let sql: Sql;

beforeAll(async () => {
  started = await startSqlWorkspace();
  ({ workspace, folder, credentials } = started);
  sql = await openSql(workspace);
  await sql.query(
    "CREATE TABLE pinterest.median_followers_by_age_group AS SELECT * FROM VALUES ('+50', 1234567.5D), ('18-24', 7D), ('under 18', NULL) AS t(age_group, median_follower_count)",
  );
  await sql.query(
    'CREATE TABLE pinterest.users_joined_by_year AS SELECT * FROM VALUES (2017, 1200L), (2015, 600L) AS t(join_year, users_joined)',
  );
});

afterAll(async () => {
  await sql?.close();
  await started?.close();
});

test('closing a session starts no metastore', async () => {
  await (await openSql(workspace)).close();
  const log = readFileSync(path.join(folder, 'state', 'spark', 'logs', 'kernel.log'), 'utf8');
  expect(log).not.toContain('HMSHandler');
});

/** Connects the driver with only the options that its documentation requires. */
async function driver(changed: { token?: string; ca?: string; port?: number } = {}) {
  const { host, port, path, certificate } = workspace.sql;
  const client = new DBSQLClient({ logger: { log: (_level: LogLevel) => {} } });
  await client.connect({
    host,
    port: changed.port ?? port,
    path,
    token: changed.token ?? workspace.token,
    customCaCert: changed.ca ?? certificate,
    telemetryEnabled: false,
  });
  return client;
}

test('each column has the type of its values', async () => {
  const { columns } = await sql.query(
    'SELECT 1L AS big, 1.5 AS decimal, now() AS time, array(1.5D) AS point',
  );
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  expect(types).toEqual({ big: 'BIGINT', decimal: 'DECIMAL', time: 'TIMESTAMP', point: 'ARRAY' });
});

testValues(() => started);

test("Databricks' unchanged driver opens a session, runs statements, reads rows and points in time, and lists tables", async () => {
  const client = await driver();
  const session = await client.openSession({ initialCatalog: 'spark_catalog', initialSchema: 'pinterest' });
  const operation = await session.executeStatement('SELECT * FROM users_joined_by_year ORDER BY join_year');
  expect(await operation.fetchAll()).toEqual([
    { join_year: 2015, users_joined: 600 },
    { join_year: 2017, users_joined: 1200 },
  ]);
  await operation.close();
  const tables = await session.executeStatement('SHOW TABLES');
  expect(((await tables.fetchAll()) as { tableName: string }[]).map(({ tableName }) => tableName)).toEqual([
    'median_followers_by_age_group',
    'users_joined_by_year',
  ]);
  await (await session.executeStatement("SET TIME ZONE 'Asia/Kolkata'")).fetchAll();
  const values = await session.executeStatement(
    "SELECT TIMESTAMP'1969-12-31 23:59:59.5 UTC' AS t, DATE'1969-12-31' AS d, array('a\"') AS a, map('k', 1) AS m, named_struct('x', 1.5D) AS s",
  );
  expect(await values.fetchAll()).toEqual([
    {
      t: new Date('1969-12-31T23:59:59.500Z'),
      d: new Date('1969-12-31'),
      a: ['a"'],
      m: { k: 1 },
      s: { x: 1.5 },
    },
  ]);
  await client.close();
});

test('a parameter is always a value and never SQL, whatever it contains', async () => {
  const nasty = [
    "it's",
    '"; DROP SCHEMA pinterest CASCADE; --',
    "' OR 1=1 --",
    "\\' UNION SELECT 1 --",
    '${spark.app.name} $x :b ? {{y}}',
    "a\\\nb\tc\u0000d 🦊 \u2028'''\\\\",
    '',
  ];
  for (const a of nasty)
    expect((await sql.query('SELECT :a AS a', { parameters: { a } })).rows).toEqual([{ a }]);
  const parameters = {
    big: 9007199254740993n,
    whole: -5,
    half: 0.5,
    yes: false,
    none: null,
    at: new Date('2020-02-29T01:02:03.004Z'),
    price: { type: 'DECIMAL(38,3)', value: '12345678901234567890.120' },
    n: { type: 'INT', value: '1' },
  };
  const statement =
    'SELECT :big AS big, :whole AS whole, :half AS half, :yes AS yes, :none AS none, :at AS at, :price AS price LIMIT :n';
  expect((await sql.query(statement, { parameters })).rows).toEqual([
    {
      big: parameters.big,
      whole: -5,
      half: 0.5,
      yes: false,
      none: null,
      at: '2020-02-29T01:02:03.004Z',
      price: parameters.price.value,
    },
  ]);
  const counted = { parameters: { who: "' OR '1'='1" } };
  const where = 'SELECT count(*) AS n FROM pinterest.median_followers_by_age_group WHERE age_group = :who';
  expect((await sql.query(where, counted)).rows).toEqual([{ n: 0 }]);
  await expect(
    sql.query('SELECT :n AS n', { parameters: { n: { type: 'INT', value: '1) --' } } }),
  ).rejects.toThrow(':n is "1) --", which is not a valid INT.');
});

test(`${MANY} rows can be read in one call or page by page`, async () => {
  const statement = `SELECT id, concat('post ', id) AS title FROM range(${MANY}) ORDER BY id`;
  const { rows } = await sql.query(statement);
  expect(rows).toHaveLength(MANY);
  expect(rows.at(-1)).toEqual({ id: MANY - 1, title: `post ${MANY - 1}` });
  const { pages } = await sql.stream(statement, { rowsAPage: 7000 });
  let next = 0;
  for await (const page of pages) {
    expect(page.length).toBeLessThanOrEqual(7000);
    for (const [id] of page) if (id !== next++) throw new Error(`expected ${next - 1}, got ${id}`);
  }
  expect(next).toBe(MANY);
});

test.each([
  ['SELEC 1', "[PARSE_SYNTAX_ERROR] Syntax error at or near 'SELEC'. SQLSTATE: 42601 (line 1, pos 0)"],
  ['SELECT * FROM nowhere', '[TABLE_OR_VIEW_NOT_FOUND] The table or view `nowhere` cannot be found.'],
  ['SELECT 1 / 0', '[DIVIDE_BY_ZERO] Division by zero.'],
])("an error has Spark's message: %s", async (statement, message) => {
  const error = await sql.query(statement).catch((error: Error) => error);
  expect(error).toMatchObject({ code: 'SQL_FAILED', message: expect.stringContaining(message) });
  expect((error as Error).message).not.toMatch(/Exception|\bat org\.|java/);
});

test('a wrong token and a wrong certificate are rejected', async () => {
  const wrong = { ...workspace, token: `dapi${'0'.repeat(64)}` };
  await expect(openSql(wrong)).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
  const client = await driver({ token: wrong.token });
  await expect(client.openSession()).rejects.toThrow('403');

  let heard = 0;
  const { key, cert, authority } = await makeCertificate();
  const impostor = https.createServer({ key, cert }, (_, response) => {
    heard += 1;
    response.writeHead(404).end();
  });
  impostor.listen(0, '127.0.0.1');
  await once(impostor, 'listening');
  const { port } = impostor.address() as AddressInfo;
  const deceived = { ...workspace, sql: { ...workspace.sql, port } };
  await expect(openSql(deceived)).rejects.toMatchObject({
    code: 'CERTIFICATE',
    message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  });
  const lured = await driver({ port });
  await expect(lured.openSession()).rejects.toThrow(/certificate/);
  expect(heard).toBe(0);
  // If the driver trusts the server's certificate authority, the connection is accepted.
  const trusting = await driver({ port, ca: authority });
  await expect(trusting.openSession()).rejects.toThrow('404');
  expect(heard).toBe(1);
  impostor.close();
  impostor.closeAllConnections();
});

test('concurrent sessions do not share temporary views or settings', async () => {
  const other = await openSql(workspace, { catalog: 'spark_catalog', schema: 'pinterest' });
  await sql.query("CREATE TEMPORARY VIEW mine AS SELECT 'first' AS whose");
  await other.query("CREATE TEMPORARY VIEW mine AS SELECT 'second' AS whose");
  const [first, second] = await Promise.all(
    [sql, other].map((one) =>
      one.query('SELECT whose, current_schema() AS schema, current_timezone() AS zone FROM mine'),
    ),
  );
  expect([first?.rows, second?.rows]).toEqual([
    [{ whose: 'first', schema: 'default', zone: 'UTC' }],
    [{ whose: 'second', schema: 'pinterest', zone: 'UTC' }],
  ]);
  await other.close();
});

test('statements run while a job runs, and read what the job has written', async () => {
  const client = new Client(workspace.host, workspace.token);
  await client.notebook(
    '/Shared/slow',
    'import time',
    'spark.sql("CREATE TABLE pinterest.slow AS SELECT 1 AS n")',
    'while not spark.catalog.tableExists("pinterest.answered"): time.sleep(0.1)',
  );
  const run_id = await client.start(await client.job({ name: 'slow', tasks: [task('slow')] }));
  await until(async () => (await sql.query('SHOW TABLES IN pinterest LIKE "slow"')).rows.length, 300);
  expect((await sql.query('SELECT n FROM pinterest.slow')).rows).toEqual([{ n: 1 }]);
  expect((await client.run(run_id)).state.life_cycle_state).toBe('RUNNING');
  await sql.query('CREATE TABLE pinterest.answered AS SELECT 1 AS n');
  expect((await client.ended(run_id)).state.result_state).toBe('SUCCESS');
});

test('the REST API lists the warehouse', async () => {
  const client = new Client(workspace.host, workspace.token);
  const { host, port, path } = workspace.sql;
  expect((await client.get('/api/2.0/sql/warehouses')).warehouses).toMatchObject([
    { id: 'local', state: 'RUNNING', odbc_params: { hostname: host, port, path } },
  ]);
  const named = await openSql(workspace, { warehouse: 'local' });
  expect((await named.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  await named.close();
});

test.skipIf(!existsSync('/proc/net/tcp'))(
  'Spark, including its Thrift server, listens only on the loopback interface',
  () => {
    const sockets = listening(workspace.kernel.pid);
    expect(sockets.map(({ port }) => port)).toContain(workspace.kernel.thrift.port);
    expect(sockets.filter(({ loopback }) => !loopback)).toEqual([]);
  },
);

const QUERY = [process.execPath, ...MAIN, 'query'].join(' ');
const env = () => ({ ...process.env, PIPELINE_LOCAL: credentials, PAGER: 'cat' });

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** Resolves when the command has ended. Does not block, because the workspace runs in this process. */
async function ended(child: ChildProcess): Promise<Ran> {
  const { stdout, stderr, code: status } = await resultOf(child);
  // The command prints its progress line only on a slow machine.
  return { stdout, stderr: stderr.replace(/^running for .*\n/gm, ''), status };
}

const start = (...words: string[]) => startCommand(['query', ...words], { env: env() });
const query = (...words: string[]): Promise<Ran> => ended(start(...words));

test('npm run query prints a sorted answer, and the exact rows of a file with two statements and parameters', async () => {
  expect(await query('median_followers_by_age_group')).toEqual({
    stdout:
      'age_group  median_follower_count\nunder 18\n18-24                          7\n+50                    1234567.5\n',
    stderr: '',
    status: 0,
  });
  const file = path.join(folder, 'two.sql');
  writeFileSync(
    file,
    `-- How much;
    SELECT 9007199254740993L AS big, CAST('1.10' AS DECIMAL(4, 2)) AS price, :who AS who;
    SELECT join_year FROM users_joined_by_year ORDER BY join_year LIMIT :n;`,
  );
  expect(await query(file, '--format', 'json', '--param', "who=O'Neill", '--param', 'n:INT=1')).toEqual({
    stdout: '[{"big":"9007199254740993","price":"1.10","who":"O\'Neill"}]\n[{"join_year":2015}]\n',
    stderr: '',
    status: 0,
  });
});

test('npm run query explains a missing table, a missing schema, a missing catalog, wrong SQL and an empty table', async () => {
  const missing = await query('top_category_by_year');
  expect(missing.stderr).toMatch(
    /^error: There is no table spark_catalog\.pinterest\.top_category_by_year yet: run the job/,
  );
  expect([missing.stdout, missing.status]).toEqual(['', 1]);
  const elsewhere = await query('users_joined_by_year', '--stream');
  expect(elsewhere.stderr).toMatch(
    /^error: There is no schema spark_catalog\.pinterest_stream \(existing schemas: default, pinterest\): .*--schema/,
  );
  const nowhere = await query('users_joined_by_year', '--catalog', 'nowhere');
  expect(nowhere.stderr).toMatch(/^error: There is no catalog nowhere .*--catalog/);
  expect(await query('SELEC 1')).toMatchObject({
    stderr: expect.stringContaining('[PARSE_SYNTAX_ERROR]'),
    status: 1,
  });
  await sql.query(
    'CREATE TABLE pinterest.top_poster_by_country (country STRING, poster_name STRING, follower_count BIGINT)',
  );
  const empty = await query('top_poster_by_country');
  expect(empty.stderr).toContain('top_poster_by_country is empty: no post in clean_');
  expect(empty).toMatchObject({ stdout: 'country  poster_name  follower_count\n', status: 0 });
});

/** Removes the progress line, which a statement of more than two seconds prints and then clears. */
const withoutProgress = (text: string): string =>
  text
    .replaceAll('\r', '')
    .split('\u001b[K')
    .filter((part) => !part.startsWith('running for '))
    .join('');

test.skipIf(!existsSync('/usr/bin/script'))(
  'npm run query on a terminal prints the question, a box, thousands separators and bars',
  async () => {
    const command = `stty cols 80; ${QUERY} users_joined_by_year`;
    const { stdout } = await ended(
      spawn('script', ['-qec', command, '/dev/null'], { cwd: ROOT, env: env() }),
    );
    expect(withoutProgress(stdout)).toBe(`How many people joined in each year?
┌───────────┬──────────────┬──────────────────────┐
│ join_year │ users_joined │                      │
├───────────┼──────────────┼──────────────────────┤
│      2015 │          600 │ ██████████           │
│      2017 │        1,200 │ ████████████████████ │
└───────────┴──────────────┴──────────────────────┘
2 rows
`);
  },
);

test.skipIf(!existsSync('/usr/bin/script') || !existsSync('/usr/bin/less'))(
  'npm run query on a terminal shows a long table in a pager',
  async () => {
    const words = `'SELECT id FROM range(${MANY}) ORDER BY id'`;
    const command = `stty cols 80 rows 24; ${QUERY} ${words}; echo left with $?`;
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: ROOT,
      env: { ...env(), PAGER: '', TERM: 'xterm', LC_ALL: 'C' },
    });
    const running = ended(child);
    let seen = '';
    child.stdout.on('data', (text: string) => {
      seen += text;
    });
    await until(() => seen.includes('│  19 │') || child.exitCode !== null, 120);
    child.stdin.write('q');
    const { stdout } = await running;
    expect(stdout).toContain('left with 0');
    expect(stdout).not.toContain('│  30 │');
  },
);

test('npm run query report shows the answers, and which questions have no answer yet', async () => {
  const file = path.join(folder, 'report.html');
  const { stdout, stderr, status } = await query('report', '--out', file);
  expect({ stdout, status }, stderr).toEqual({ stdout: `${file}\n`, status: 0 });
  expect(stderr.trim().split('\n')).toHaveLength(queries.length + datasets.length);
  const html = readFileSync(file, 'utf8');
  expect(rowsOf(sectionOf(html, 'median_followers_by_age_group'))).toEqual([
    ['under 18', '–'],
    ['18-24', '7'],
    ['+50', '1,234,567.5'],
  ]);
  expect(marksOf(sectionOf(html, 'users_joined_by_year'))).toEqual([
    '2015: 600 users joined',
    '2017: 1,200 users joined',
  ]);
  expect(textOf(sectionOf(html, 'top_category_by_year'))).toContain('No answer yet');
  expect(textOf(html)).toContain('There are no tables yet: run the batch job.');
  expect((await query('report', '--out', folder)).stderr).toContain(
    `error: --out must be a file, but ${folder} is a folder: name a file in it.`,
  );
  expect((await query('report', '--schema', 'nowhere')).stderr).toMatch(
    /error: There is no schema spark_catalog\.nowhere/,
  );
});

/** Runs a statement that needs Spark tasks. It does not complete while another statement occupies all of Spark's slots. */
const sparkIsFree = () => sql.query('SELECT count(*) AS n FROM range(0, 1000, 1, 8)');

test('npm run query after Ctrl-C, and an aborted signal, cancel a statement on the server', async () => {
  const child = start(ENDLESS);
  const running = ended(child);
  // After two seconds the command prints a progress line.
  await once(child.stderr as NodeJS.EventEmitter, 'data');
  const abort = new AbortController();
  const next = sql.query(ENDLESS, { signal: abort.signal });
  next.catch(() => {}); // it is awaited below
  child.kill('SIGINT');
  // In a terminal, one Ctrl-C arrives more than once, because npm and tsx forward the signal.
  await sleep(30);
  child.kill('SIGINT');
  expect(await running).toMatchObject({
    stdout: '',
    stderr: expect.stringContaining('canceled'),
    status: 130,
  });
  abort.abort();
  await expect(next).rejects.toMatchObject({ code: 'CANCELED' });
  expect((await sparkIsFree()).rows).toEqual([{ n: 1000 }]);
});

test('npm run query ends without an error when its reader closes the pipe', async () => {
  const statement = 'SELECT id FROM range(1000000)';
  const child = start(statement, '--format', 'csv');
  const running = ended(child);
  child.stdout?.once('data', () => child.stdout?.destroy());
  expect(await running).toMatchObject({ stderr: '', status: 0 });
});
