/** `npm run query` without a workspace: its results in each format, and its arguments. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DBSQLClient } from '@databricks/sql';
import stringWidth from 'string-width';
import { expect, test, vi } from 'vitest';
import { statementsOf } from '../../cli/query/ask.ts';
import { parameters, queryFlags } from '../../cli/query/flags.ts';
import { writeReport } from '../../cli/query/write-report.ts';
import { advised } from '../../src/databricks/advice.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import type { FormatName } from '../../src/databricks/show/formats.ts';
import { standardOutput } from '../../src/databricks/show/output.ts';
import { show } from '../../src/databricks/show/show.ts';
import { openSql, type SqlColumn, type SqlRow } from '../../src/databricks/sql.ts';
import { statements } from '../../src/databricks/statements.ts';
import { dateText, decimalText, floatValue, timeText } from '../../src/databricks/value.ts';
import { AppError, UsageError } from '../../src/errors.ts';
import { ROOT } from '../../src/root.ts';
import { runCommand } from '../fixtures/command.ts';

interface Given {
  readonly columns: readonly SqlColumn[];
  readonly pages: readonly SqlRow[][];
  readonly format: FormatName;
  /** The width of the terminal; undefined if the output is piped. */
  readonly width?: number;
}

/** Returns the written text and the number of rows in it. */
async function shown({ columns, pages, format, width }: Given): Promise<{ text: string; count: number }> {
  let text = '';
  const output = {
    write: async (more: string) => {
      text += more;
      return true;
    },
    end: async () => {},
  };
  async function* reading() {
    for (const page of pages) yield page.map((row) => columns.map(({ name }) => row[name] ?? null));
  }
  const count = await show({ columns, pages: reading() }, format, output, width);
  return { text, count };
}

const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

const answer = {
  columns: [
    { name: 'post_year', type: 'INT' },
    { name: 'category', type: 'STRING' },
    { name: 'category_count', type: 'BIGINT' },
  ],
  pages: [
    [
      { post_year: 2018, category: '美術 🎨', category_count: 1234 },
      { post_year: 2019, category: null, category_count: 617 },
    ],
  ],
};

test('a table on a terminal has a box, thousands separators except in years, aligned wide characters, and bars', async () => {
  const { text, count } = await shown({ ...answer, format: 'table', width: 80 });
  expect(text).toBe(
    lines(
      '┌───────────┬──────────┬────────────────┬──────────────────────┐',
      '│ post_year │ category │ category_count │                      │',
      '├───────────┼──────────┼────────────────┼──────────────────────┤',
      '│      2018 │ 美術 🎨  │          1,234 │ ████████████████████ │',
      '│      2019 │          │            617 │ ██████████           │',
      '└───────────┴──────────┴────────────────┴──────────────────────┘',
    ),
  );
  expect(
    new Set(
      text
        .trimEnd()
        .split('\n')
        .map((line) => stringWidth(line)),
    ).size,
  ).toBe(1);
  expect(count).toBe(2);
});

test('a table of an answer can have more rows than a call can have arguments', async () => {
  const columns = [{ name: 'category_count', type: 'BIGINT' }];
  const pages = [Array.from({ length: 200_000 }, () => ({ category_count: 0 }))];
  expect((await shown({ columns, pages, format: 'table', width: 80 })).count).toBe(200_000);
});

test('a terminal that is too narrow for bars shows no bars; in a narrower terminal texts are truncated, but never numbers', async () => {
  const { text: bare } = await shown({ ...answer, format: 'table', width: 50 });
  expect(bare).not.toContain('█');
  const columns = [
    { name: 'description', type: 'STRING' },
    { name: 'follower_count', type: 'BIGINT' },
  ];
  const pages = [[{ description: '日本語の長い説明文です、とても長い', follower_count: 15_000_000 }]];
  const { text } = await shown({ columns, pages, format: 'table', width: 38 });
  expect(text).toContain('│ 日本語の長い説明… │     15,000,000 │');
  for (const line of text.trimEnd().split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(38);
});

test('a record with too many columns for the terminal is shown with one line per column', async () => {
  const columns = Array.from({ length: 13 }, (_, index) => ({ name: `column_${index}`, type: 'STRING' }));
  const row = Object.fromEntries(columns.map(({ name }) => [name, `a value of ${name}`]));
  const { text } = await shown({ columns, pages: [[row]], format: 'table', width: 60 });
  expect(text.split('\n').slice(0, 3)).toEqual([
    '── 1 ─────────',
    'column_0   a value of column_0',
    'column_1   a value of column_1',
  ]);
  expect(text).toContain('column_12  a value of column_12');
});

test('a piped table has columns separated by blanks, plain digits, one line per row, and no truncated texts', async () => {
  const pages = [
    [...(answer.pages[0] ?? []), { post_year: 2020, category: 'two\nlines', category_count: 7 }],
  ];
  const { text } = await shown({ ...answer, pages, format: 'table' });
  expect(text).toBe(
    lines(
      'post_year  category   category_count',
      '     2018  美術 🎨              1234',
      '     2019                        617',
      '     2020  two␤lines               7',
    ),
  );
});

test('control characters in a table are made visible', async () => {
  const columns = [{ name: 'title', type: 'STRING' }];
  const pages = [[{ title: '\u001b[2J\u0007\t\u202eevil\u009b31m' }]];
  const { text } = await shown({ columns, pages, format: 'table', width: 80 });
  expect(text).toContain('␛[2J␇ �evil�31m');
});

/** Writes to the terminal's clipboard; begins with the one-character form of an escape sequence. */
const ESCAPES = '\u001b]52;c;cm0=\u0007\u009b2J';

test('csv replaces control characters only on a terminal', async () => {
  const given = { columns: [{ name: `a${ESCAPES}`, type: 'STRING' }], format: 'csv' } as const;
  const pages = [[{ [`a${ESCAPES}`]: `b\n${ESCAPES}` }]];
  expect((await shown({ ...given, pages, width: 80 })).text).toBe('a␛]52;c;cm0=␇�2J\n"b\n␛]52;c;cm0=␇�2J"\n');
  expect((await shown({ ...given, pages })).text).toBe(`a${ESCAPES}\n"b\n${ESCAPES}"\n`);
});

const exact = {
  columns: [
    { name: 'big', type: 'BIGINT' },
    { name: 'price', type: 'DECIMAL' },
    { name: 'share', type: 'DOUBLE' },
    { name: 'at', type: 'TIMESTAMP' },
    { name: 'text', type: 'STRING' },
    { name: 'tags', type: 'ARRAY' },
    { name: 'bytes', type: 'BINARY' },
  ],
  pages: [
    [
      {
        big: 9007199254740993n,
        price: '12345678901234567890.120',
        share: Number.NaN,
        at: '2020-02-29T23:59:59.5Z',
        text: 'a "quoted" | piped,\\ line\nand another',
        tags: ['x', null, 1.5, 9007199254740993n],
        bytes: Buffer.from([0, 255]),
      },
    ],
    [{ big: null, price: null, share: 0.1, at: null, text: '', tags: null, bytes: null }],
  ],
};

test('csv has exact values, quoted if necessary, and one header for all pages', async () => {
  const { text } = await shown({ ...exact, format: 'csv' });
  expect(text).toBe(
    lines(
      'big,price,share,at,text,tags,bytes',
      '9007199254740993,12345678901234567890.120,NaN,2020-02-29T23:59:59.5Z,"a ""quoted"" | piped,\\ line',
      'and another","[""x"",null,1.5,""9007199254740993""]",00ff',
      ',,0.1,,"",,',
    ),
  );
});

test('json is one array for all pages; numbers that a double can not represent are text', async () => {
  const { text } = await shown({ ...exact, format: 'json' });
  expect(JSON.parse(text)).toEqual([
    {
      big: '9007199254740993',
      price: '12345678901234567890.120',
      share: 'NaN',
      at: '2020-02-29T23:59:59.5Z',
      text: 'a "quoted" | piped,\\ line\nand another',
      tags: ['x', null, 1.5, '9007199254740993'],
      bytes: '00ff',
    },
    { big: null, price: null, share: 0.1, at: null, text: '', tags: null, bytes: null },
  ]);
  expect(JSON.parse((await shown({ ...exact, pages: [], format: 'json' })).text)).toEqual([]);
});

test('markdown has right-aligned numbers and escaped pipes and line breaks', async () => {
  const columns = exact.columns.filter(({ name }) => ['big', 'text'].includes(name));
  const { text } = await shown({ ...exact, columns, format: 'markdown' });
  expect(text).toBe(
    lines(
      '|              big | text                                       |',
      '| ---------------: | ------------------------------------------ |',
      '| 9007199254740993 | a "quoted" \\| piped,\\\\ line<br>and another |',
      '|     |      |',
    ),
  );
});

test('an empty result has a header', async () => {
  expect(await shown({ ...answer, pages: [], format: 'table' })).toEqual({
    text: 'post_year  category  category_count\n',
    count: 0,
  });
  expect((await shown({ ...answer, pages: [], format: 'csv' })).text).toBe(
    'post_year,category,category_count\n',
  );
});

test('output ends when its reader closes the pipe', async () => {
  let asked = 0;
  async function* reading() {
    for (;;) {
      asked += 1;
      yield [[asked]];
    }
  }
  const output = { write: async () => false, end: async () => {} };
  await show({ columns: [{ name: 'n', type: 'INT' }], pages: reading() }, 'csv', output);
  expect(asked).toBe(2);
});

test('waiting for a slow reader leaves no listeners on the output', async () => {
  const output = standardOutput();
  const count = () => ['close', 'error', 'drain'].map((event) => process.stdout.listenerCount(event));
  const before = count();
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => {
    setImmediate(() => process.stdout.emit('drain'));
    return false;
  });
  for (let page = 0; page < 3; page++) expect(await output.write('x')).toBe(true);
  write.mockRestore();
  expect(count()).toEqual(before);
});

test('the outputs of many statements leave no listeners on the standard output', async () => {
  const count = () => ['close', 'error'].map((event) => process.stdout.listenerCount(event));
  const before = count();
  for (let statement = 0; statement < 12; statement++) await standardOutput().end();
  expect(count()).toEqual(before);
});

test('a statement whose rows are not read is closed', async () => {
  let open = 0;
  const column = (columnName: string, position: number) => ({
    columnName,
    position,
    typeDesc: { types: [{ primitiveEntry: { type: 3 } }] },
  });
  const operation = (names: readonly string[]) => ({
    getSchema: async () => ({ columns: names.map(column) }),
    getMetadata: async () => ({ schema: { columns: names.map(column) } }),
    fetchChunk: async () => [],
    hasMoreRows: async () => false,
    cancel: async () => {},
    close: async () => {
      open -= 1;
    },
  });
  const session = {
    async executeStatement(statement: string) {
      open += 1;
      return operation(statement.startsWith('SELECT') ? ['a', 'a'] : []);
    },
  };
  vi.spyOn(DBSQLClient.prototype, 'connect').mockImplementation(async function (this: unknown) {
    return this as never;
  });
  vi.spyOn(DBSQLClient.prototype, 'openSession').mockResolvedValue(session as never);
  const place = { host: '127.0.0.1', port: 1, path: '/sql', certificate: '' };
  const sql = await openSql({ host: 'http://127.0.0.1:1', token: 't', sql: place });
  const output = { write: async () => true, end: async () => {} };
  await expect(sql.query('SELECT 1 AS a, 2 AS a')).rejects.toThrow('Two columns of the result are named a');
  expect(open).toBe(0);
  await expect(show(await sql.stream('SELECT 1 AS a, 2 AS a'), 'json', output)).rejects.toThrow('named a');
  expect(open).toBe(0);
  await sql.stream('DROP TABLE a');
  expect(open).toBe(0);
  vi.restoreAllMocks();
});

test('Ctrl-C cancels the statements of a report, and writes no file', async () => {
  let canceled = 0;
  const operation = () => {
    let fail = (_: Error) => {};
    const running = new Promise<never>((_, reject) => {
      fail = reject;
    });
    return {
      getSchema: () => {
        process.emit('SIGINT');
        return running;
      },
      async cancel() {
        canceled += 1;
        fail(new Error('canceled on the server'));
      },
      close: async () => {},
    };
  };
  const done = { getSchema: async () => null, close: async () => {} };
  const session = {
    executeStatement: async (statement: string) => (statement.startsWith('SET') ? done : operation()),
  };
  vi.spyOn(DBSQLClient.prototype, 'connect').mockImplementation(async function (this: unknown) {
    return this as never;
  });
  vi.spyOn(DBSQLClient.prototype, 'openSession').mockResolvedValue(session as never);
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  const folder = mkdtempSync(path.join(os.tmpdir(), 'report-'));
  const place = { host: '127.0.0.1', port: 1, path: '/sql', certificate: '' };
  const local = path.join(folder, 'local.json');
  writeFileSync(
    local,
    JSON.stringify({ host: 'http://127.0.0.1:1', token: 't', pid: process.pid, sql: place }),
  );
  vi.stubEnv('PIPELINE_LOCAL', local);
  for (const name of ['DATABRICKS_HOST', 'DATABRICKS_TOKEN']) vi.stubEnv(name, undefined);
  try {
    expect(await writeReport({ stream: false, out: path.join(folder, 'report.html') })).toBe(130);
    expect(canceled).toBe(1);
    expect(said).toHaveBeenCalledWith('canceled');
    expect(readdirSync(folder)).toEqual(['local.json']);
  } finally {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  }
});

test('an argument is the name of an answer, a file, or SQL in quotes', async () => {
  expect(await statementsOf('users_joined_by_year')).toMatchObject({
    statements: ['SELECT * FROM users_joined_by_year'],
    answer: { name: 'users_joined_by_year' },
  });
  expect(
    (await statementsOf(path.join(ROOT, 'src/project/queries/users_joined_by_year.sql'))).statements[0],
  ).toMatch(/^-- How many people joined in each year\?\n.*GROUP BY year\(date_joined\)$/s);
  expect(await statementsOf('SELECT 1;\n')).toEqual({ statements: ['SELECT 1'] });
  await expect(statementsOf('missing.sql')).rejects.toThrow("missing.sql isn't there: check its path.");
  await expect(statementsOf('SELECT')).rejects.toThrow(/no answer "SELECT"; .*Put SQL in quotes/);
});

test.each([
  ['SELECT 1', ['SELECT 1']],
  [' USE a;\nSELECT 1 ;; ', ['USE a', 'SELECT 1']],
  [
    "SELECT ';' AS a, \";\" AS b, `;` AS c; SELECT 'it\\';s'",
    ['SELECT \';\' AS a, ";" AS b, `;` AS c', "SELECT 'it\\';s'"],
  ],
  ["SELECT r'\\'; SELECT 'a''b;'", ["SELECT r'\\'", "SELECT 'a''b;'"]],
  ['-- one; two\nSELECT 1 -- end;\n;-- nothing;', ['-- one; two\nSELECT 1 -- end;']],
  ['/* a; /* b; */ c; */ SELECT 1; /* ; */', ['/* a; /* b; */ c; */ SELECT 1']],
  ["'open; SELECT 1", ["'open; SELECT 1"]],
  ['-- s\nBEGIN SELECT 1; SELECT 2; END;', ['-- s\nBEGIN SELECT 1; SELECT 2; END;']],
  [' ; -- nothing', []],
])('%j is split into its statements', (text, expected) => {
  expect(statements(text)).toEqual(expected);
});

test('parameters are text, or have the given type', () => {
  expect(parameters(['a=x=y', 'b:INT=7', 'c:decimal(10,2)=1.50', "d=it's\na", 'e='])).toEqual({
    a: 'x=y',
    b: { type: 'INT', value: '7' },
    c: { type: 'decimal(10,2)', value: '1.50' },
    d: "it's\na",
    e: '',
  });
  for (const wrong of [['a'], ['1a=x'], ['a b=x'], ['a=1', 'a=2']])
    expect(() => parameters(wrong)).toThrow(UsageError);
  expect(() => queryFlags(['SELECT 1', '--stream', '--schema', 'x'])).toThrow('use only one of them');
  expect(() => queryFlags(['SELECT 1', '--format', 'xml'])).toThrow('--format must be one of "table", ');
});

test('a missing table of the pipeline is an error that names the commands that create it, with their target', async () => {
  const failed = new AppError(
    'SQL_FAILED',
    '[TABLE_OR_VIEW_NOT_FOUND] The table or view `users_joined_by_year` cannot be found.',
  );
  const advice = async (connection: Connection, stream = false) =>
    ((await advised(failed, { catalog: 'main', schema: 'shop', stream }, connection, {})) as Error).message;
  const workspace = { host: 'https://w.test', token: 't' };
  const sql = { host: '127.0.0.1', port: 1, path: '/sql', certificate: '' };
  expect(await advice({ ...workspace, sql })).toBe(
    'There is no table main.shop.users_joined_by_year yet: run the job that creates it ("npm run bundle deploy local", then "npm run bundle run local").',
  );
  expect(await advice(workspace)).toContain('"npm run bundle deploy <target>"');
  expect(await advice({ ...workspace, sql }, true)).toContain(
    'run the jobs that create it ("npm run bundle deploy local", then "npm run bundle run stream local", and for answers "npm run bundle run stream_answers local").',
  );
});

test('without arguments the command lists every answer with its question; without a workspace the error says what to do', () => {
  const query = (...words: string[]) =>
    runCommand(['query', ...words], {
      env: { PATH: process.env.PATH, PIPELINE_LOCAL: '/nowhere/local.json' },
    });
  const { stdout, status } = query();
  expect(stdout).toMatch(/^users_joined_by_year +How many people joined in each year\?$/m);
  expect(status).toBe(0);
  const failed = query('users_joined_by_year');
  expect(failed.stderr).toBe(
    'error: No workspace is configured: set DATABRICKS_HOST and DATABRICKS_TOKEN, or start one on this machine with npm run local.\n',
  );
  expect([failed.stdout, failed.status]).toEqual(['', 1]);
});

test.each([
  [0, '1970-01-01'],
  [-1, '1969-12-31'],
  [-719_528, '0000-01-01'],
  [-719_529, '-0001-12-31'],
  [2_932_897, '+10000-01-01'],
  [2 ** 31 - 1, '+5881580-07-11'],
  [-(2 ** 31), '-5877641-06-23'],
])('day %i is %s', (days, text) => {
  expect(dateText(days)).toBe(text);
});

test.each([
  [-1n, '1969-12-31T23:59:59.999999'],
  [-1_000_000n, '1969-12-31T23:59:59'],
  [120_000n, '1970-01-01T00:00:00.12'],
  [2n ** 63n - 1n, '+294247-01-10T04:00:54.775807'],
  [-(2n ** 63n), '-290308-12-21T19:59:05.224192'],
])('microsecond %i is %s', (micros, text) => {
  expect(timeText(micros)).toBe(text);
});

test('a FLOAT has its shortest digits, a DECIMAL has all digits of its scale', () => {
  for (const value of [0.1, 3.4028235e38, 1e-45, 16777216, -0, 1 / 0])
    expect(floatValue(Math.fround(value))).toBe(value);
  expect(floatValue(Number.NaN)).toBeNaN();
  expect(['5', '-5', '0', '-12345'].map((digits) => decimalText(BigInt(digits), 2))).toEqual([
    '0.05',
    '-0.05',
    '0.00',
    '-123.45',
  ]);
});

const texts = (...values: (string | null)[]) => ({
  columns: [
    { name: 'a', type: 'STRING' },
    { name: 'b', type: 'STRING' },
  ],
  pages: values.map((a) => [{ a, b: 'x' }]),
});

test('csv distinguishes NULL and empty text, and keeps blanks, zeros, line breaks and formulas', async () => {
  const { text } = await shown({
    ...texts(null, '', ' a', '007', 'a\rb', '=1+1', '\ufeffa'),
    format: 'csv',
  });
  expect(text).toBe(lines('a,b', ',x', '"",x', '" a",x', '007,x', '"a\rb",x', '=1+1,x', '"\ufeffa",x'));
  const alone = { columns: [{ name: 'a', type: 'STRING' }], pages: [[{ a: null }, { a: '' }, { a: 'x' }]] };
  expect((await shown({ ...alone, format: 'csv' })).text).toBe(lines('a', '""', '""', 'x'));
});

test('markdown escapes all markup in texts', async () => {
  const { text } = await shown({
    ...texts('<b>*a*</b> `c` _d_ e_f [g](h) ~i~ & j\u001b[2J'),
    format: 'markdown',
  });
  expect(text).toContain(
    '| &lt;b&gt;\\*a\\*&lt;/b&gt; \\`c\\` \\_d\\_ e_f \\[g\\](h) \\~i\\~ &amp; j␛\\[2J | x |',
  );
});

test('control characters in column names and invisible characters have no effect; joined emoji stay together', async () => {
  const columns = [{ name: 'a\u001b[2J', type: 'STRING' }];
  const family = '👨‍👩‍👧';
  const pages = [[{ 'a\u001b[2J': `b\u200b\u200f\u2066c${family}` }]];
  for (const width of [80, 10]) {
    const { text } = await shown({ columns, pages, format: 'table', width });
    expect(text).toContain('a␛[2J');
    expect(text).toContain('b���c');
    expect(text).not.toContain('\u001b');
  }
  expect((await shown({ columns, pages, format: 'table' })).text).toContain(family);
  expect((await shown({ columns, pages, format: 'json' })).text).toContain('\\u2066');
});
