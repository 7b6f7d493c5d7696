/** Posts from a real MariaDB: every row once and in order, or drawn at random, whatever the tables contain. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../cli/produce.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { mysqlPosts } from '../../src/posts/mysql.ts';
import { parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import type { Post, Posts } from '../../src/posts/post.ts';
import { readSettings } from '../../src/settings.ts';
import { type Mariadb, makeTls, startMariadb, unpackMariadb } from '../fixtures/mariadb.ts';
import { addressOf, asRoot, fillTables } from '../fixtures/pinterest-tables.ts';

const unpacked = await unpackMariadb(readSettings().cache);
if ('missing' in unpacked) console.warn(`Skipped: produce from MySQL. ${unpacked.missing}`);

/** Number of rows in each table, more than one page. */
const COUNT = 2500;
const made = [...(emulatedPosts({ seed: 7, count: COUNT }).read() as Iterable<Post>)];

const linesOf = (post: Post) => post.map(({ dataset, key, line }) => `${dataset} ${key} ${line}`);

async function read(
  posts: Posts,
  { after, most = Number.POSITIVE_INFINITY }: { after?: number; most?: number } = {},
) {
  const found: { lines: string[]; position: number | undefined }[] = [];
  for await (const post of posts.read(after)) {
    found.push({ lines: linesOf(post), position: posts.position?.(post) });
    if (found.length === most) break;
  }
  return found;
}

describe.skipIf('missing' in unpacked)('posts from a database', () => {
  let folder: string;
  let server: Mariadb;
  let tls: Awaited<ReturnType<typeof makeTls>>;

  const start = async (port?: number) =>
    startMariadb({
      root: (unpacked as { root: string }).root,
      state: folder,
      tls,
      ...(port ? { port } : {}),
    });

  const posts = (options: Partial<Parameters<typeof mysqlPosts>[0]> = {}, database = 'pinterest') =>
    mysqlPosts({ address: parseMysqlAddress(addressOf(server, database), undefined), ...options });

  async function change(sql: string): Promise<void> {
    const connection = await asRoot(server);
    await connection.query(`USE pinterest; ${sql}`);
    await connection.end();
  }

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'produce-mysql-'));
    tls = await makeTls(folder, 'localhost');
    server = await start();
    await fillTables(server, 'pinterest', made);
  });

  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('in index order contain every row once, keep the records of a post together, and have the same bytes as the emulated posts', async () => {
    const found = await read(posts());
    expect(found.map(({ lines }) => lines)).toEqual(made.map(linesOf));
    expect(found.map(({ position }) => position)).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  });

  test('after a given post are the same as in the first run, also with a count', async () => {
    const rest = await read(posts({ count: 2000 }), { after: 999 });
    expect(rest.map(({ lines }) => lines)).toEqual(made.slice(1000, 2000).map(linesOf));
    expect(await read(posts({ count: 1000 }), { after: 999 })).toEqual([]);
  });

  test('in random order are the same for the same seed, contain every post about equally often, and keep its rows together', async () => {
    const drawn = await read(posts({ order: 'random', seed: 3, count: 5000 }));
    expect(drawn).toHaveLength(5000);
    const known = new Set(made.map((post) => linesOf(post).join('\n')));
    expect(drawn.every(({ lines }) => known.has(lines.join('\n')))).toBe(true);
    const distinct = new Set(drawn.map(({ lines }) => lines[0])).size;
    // 5,000 draws from 2,500 posts omit about 14 % (e^-2) of the posts.
    expect(distinct).toBeGreaterThan(0.83 * COUNT);
    expect(distinct).toBeLessThan(0.9 * COUNT);
    const again = await read(posts({ order: 'random', seed: 3 }), { after: 4000, most: 1000 });
    expect(again).toEqual(drawn.slice(4000));
    expect(await read(posts({ order: 'random', seed: 4 }), { most: 5 })).not.toEqual(drawn.slice(0, 5));
  });

  test('include every row, even if rows are missing, are duplicate or have no number', async () => {
    await fillTables(server, 'pinterest', made.slice(0, 6));
    await change(`
      DELETE FROM geolocation_data WHERE ind = 1;
      DELETE FROM pinterest_data WHERE \`index\` IN (2, 3);
      INSERT INTO user_data VALUES (4, 'Ann', 'Second', 30, '2017-01-02 03:04:05');
      INSERT INTO user_data VALUES (NULL, 'No', 'Body', 30, NULL), (-5, 'Minus', 'Five', 30, NULL);
    `);
    const found = await read(posts());
    expect(found.map(({ lines }) => lines.map((line) => line.slice(0, line.indexOf(','))))).toEqual([
      ['user -5 {"ind":-5'],
      ['pin 0 {"index":0', 'geo 0 {"ind":0', 'user 0 {"ind":0'],
      ['pin 1 {"index":1', 'user 1 {"ind":1'],
      ['geo 2 {"ind":2', 'user 2 {"ind":2'],
      ['geo 3 {"ind":3', 'user 3 {"ind":3'],
      ['pin 4 {"index":4', 'geo 4 {"ind":4', 'user 4 {"ind":4', 'user 4 {"ind":4'],
      ['pin 5 {"index":5', 'geo 5 {"ind":5', 'user 5 {"ind":5'],
      ['user null {"ind":null'],
    ]);
  });

  test('contain columns of any type as text or number', async () => {
    await fillTables(server, 'pinterest', [made[0] as Post]);
    await change(`
      ALTER TABLE pinterest_data ADD (a_blob BLOB, a_varbinary VARBINARY(9), a_bit BIT(1), bits BIT(64), a_decimal DECIMAL(38, 3),
        short_decimal DECIMAL(8, 5), no_day DATE, no_moment DATETIME, moment TIMESTAMP(6) NULL, a_time TIME, a_year YEAR,
        an_enum ENUM('a', 'b'), a_set SET('x', 'y'), an_unsigned BIGINT UNSIGNED, a_float FLOAT, a_json JSON, a_point POINT);
      UPDATE pinterest_data SET a_blob = '🦊 blob', a_varbinary = X'61ff', a_bit = 1, bits = X'ffffffffffffffff',
        a_decimal = 12345678901234567890.12, short_decimal = -51.5, no_day = '0000-00-00', no_moment = '0000-00-00 00:00:00',
        moment = '2020-02-29 23:59:59.123456', a_time = '-838:59:59', a_year = 2026, an_enum = 'b', a_set = 'x,y',
        an_unsigned = 18446744073709551615, a_float = 0.1, a_json = '{"n": 9007199254740993}', a_point = POINT(1, 2.5);
    `);
    const [first] = await read(posts());
    const line = first?.lines[0] ?? '';
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({
      a_blob: '🦊 blob',
      a_varbinary: 'a\ufffd',
      a_bit: 1,
      bits: '18446744073709551615',
      a_decimal: '12345678901234567890.120',
      short_decimal: -51.5,
      no_day: '0000-00-00',
      no_moment: '0000-00-00 00:00:00',
      moment: '2020-02-29 23:59:59.123456',
      a_time: '-838:59:59',
      a_year: 2026,
      an_enum: 'b',
      a_set: 'x,y',
      an_unsigned: '18446744073709551615',
      a_float: 0.1,
      a_json: '{"n": 9007199254740993}',
      a_point: { x: 1, y: 2.5 },
    });
  });

  test('contain a TIMESTAMP in UTC and a DATETIME as it is stored, whatever the time zone of the server is', async () => {
    await fillTables(server, 'pinterest', [made[0] as Post]);
    await change(`
      SET time_zone = '+00:00', GLOBAL time_zone = '+05:30';
      ALTER TABLE pinterest_data ADD (moment TIMESTAMP NULL, on_the_wall DATETIME);
      UPDATE pinterest_data SET moment = '2024-01-01 12:00:00', on_the_wall = '2024-01-01 12:00:00';
    `);
    const [first] = await read(posts());
    await change("SET GLOBAL time_zone = 'SYSTEM'");
    expect(first?.lines[0]).toContain('"moment":"2024-01-01 12:00:00","on_the_wall":"2024-01-01 12:00:00"');
  });

  test('can have the same number in more rows than a page contains', async () => {
    await fillTables(server, 'pinterest', [made[0] as Post]);
    await change(`INSERT INTO user_data SELECT 7, 'Same', 'Number', seq, NULL FROM seq_1_to_2100`);
    const found = await read(posts());
    expect(found.map(({ lines }) => lines.length)).toEqual([3, 2100]);
  });

  test('are neither lost nor duplicated if the server restarts meanwhile', async () => {
    await fillTables(server, 'pinterest', made);
    const source = posts();
    const numbers: (number | undefined)[] = [];
    let restarted: Promise<Mariadb> | undefined;
    for await (const post of source.read()) {
      numbers.push(source.position?.(post));
      if (numbers.length !== 500) continue;
      process.kill(server.pid, 'SIGKILL');
      restarted = server.stop().then(() => start(server.port));
    }
    if (restarted) server = await restarted;
    expect(numbers).toEqual(Array.from({ length: COUNT }, (_, n) => n));
  });

  describe('over TLS', () => {
    const first = async (query: string) =>
      read(mysqlPosts({ address: parseMysqlAddress(addressOf(server, 'pinterest', query), undefined) }), {
        most: 1,
      });

    test('can be read with a given certificate authority', async () => {
      expect(await first(`?ssl-mode=VERIFY_IDENTITY&ssl-ca=${tls.certificate}`)).toHaveLength(1);
    });

    test('are not read if the certificate is not trusted', async () => {
      await expect(first('?ssl-mode=VERIFY_IDENTITY')).rejects.toThrow(
        /^The certificate of mysql:\/\/localhost:\d+\/pinterest is not trusted \(.*\): name its certificate authority/,
      );
    });
  });

  test('cause a one-sentence error without the password if password, database, table or port is wrong', async () => {
    await change('CREATE DATABASE IF NOT EXISTS bare');
    const { port, password } = server;
    const mistake = async (address: string) => {
      const error = await run(['kafka', '--dry-run', '--from', address]).catch((reason: Error) => reason);
      const { message, stack, cause } = error as Error;
      expect(`${message}${stack}${(cause as Error | undefined)?.stack}`).not.toContain('secret');
      return message;
    };
    expect(await mistake(`mysql://root:a%20secret@localhost:${port}/pinterest`)).toBe(
      `mysql://localhost:${port}/pinterest rejects this user or password: check the address, and MYSQL_PWD if the address has no password.`,
    );
    const good = `mysql://root:${encodeURIComponent(password)}@localhost:${port}`;
    expect(await mistake(`${good}/nowhere`)).toMatch(
      /^The database mysql:\/\/localhost:\d+\/nowhere does not exist/,
    );
    expect(await mistake(`${good}/bare`)).toMatch(
      /bare lacks a table or column \(Table .* doesn't exist\): expected/,
    );
    expect(await mistake('mysql://root:secret@127.0.0.1:1/pinterest')).toMatch(
      /^No MySQL server responds at mysql:\/\/127\.0\.0\.1:1\/pinterest \(ECONNREFUSED\)/,
    );
  });
});
