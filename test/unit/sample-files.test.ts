/** The files of a dataset from a sample compile, are formatted, contain nothing personal, and escape every text. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { notebooks } from '../../generator/notebooks.ts';
import { type Made, makeDataset } from '../../generator/sample/make.ts';
import { withDataset } from '../../generator/sample/names.ts';
import { Replacer } from '../../generator/sample/personal.ts';
import { shown } from '../../generator/sample/show.ts';
import { ROOT } from '../../src/root.ts';

const SAMPLES = path.join(ROOT, 'test/fixtures/samples');

/** Texts that would end a string, a comment or a cell, or have a special meaning somewhere. */
const NASTY = [
  `it's`,
  'say "x"',
  '`rm -rf`',
  '*/ evil() /*',
  '${process.exit(1)}',
  '$(id)',
  'a\nb: c',
  '--> <script>alert(1)</script>',
  '"""',
  "'); DROP TABLE clean_pin; --",
  '\\',
  '{{name}}',
  '| cell |',
  '!!js/function',
  '\u2028line',
  '\u202etxet',
  '# COMMAND ----------',
  '%sql',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sample-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function made(name: string, content: string, extension = 'jsonl'): Promise<Made> {
  const from = path.join(folder, `${name}.${extension}`);
  writeFileSync(from, content);
  return makeDataset({ root: ROOT, name, from });
}

const sourceOf = ({ files, inferred }: Made) => files.get(`src/project/datasets/${inferred.name}.ts`) ?? '';
const rowsOf = ({ files, inferred }: Made) => files.get(`test/spark/rules/${inferred.name}.yml`) ?? '';

/** Writes the files into a copy of the project's folders, so that imports are found and the formatter checks them. */
function place(...all: readonly Made[]): string {
  const root = mkdtempSync(path.join(folder, 'placed-'));
  cpSync(path.join(ROOT, 'src/datasets'), path.join(root, 'src/datasets'), { recursive: true });
  for (const file of ['src/errors.ts', 'src/names.ts', 'src/project/project.ts', 'biome.jsonc'])
    copy(file, root);
  for (const file of ['tsconfig.json', 'package.json']) copy(file, root);
  for (const { files } of all)
    for (const [file, text] of files) {
      mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      writeFileSync(path.join(root, file), text);
    }
  return root;
}

function copy(file: string, root: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), readFileSync(path.join(ROOT, file)));
}

const biome = (root: string, ...files: string[]) =>
  spawnSync(path.join(ROOT, 'node_modules/.bin/biome'), ['check', '--vcs-enabled=false', ...files], {
    cwd: root,
    encoding: 'utf8',
  });

describe('nasty samples', () => {
  const values = NASTY.map((value, at) =>
    JSON.stringify({ id: at, status: value, [`field_${at}`]: value }),
  ).join('\n');
  const names = JSON.stringify({
    id: 1,
    ...Object.fromEntries(NASTY.map((name) => [name, 'x'])),
    constructor: 'y',
    toString: 'z',
  });
  const proto = '{"id":2,"__proto__":{"polluted":true},"constructor":{"prototype":{}}}';

  test('give files that pass the formatter and the linter', async () => {
    const all = [await made('nasty_values', values), await made('nasty_names', `${names}\n${proto}`)];
    const root = place(...all);
    const { status, stdout, stderr } = biome(root, 'src/project/datasets');
    expect(`${stdout}${stderr}`).not.toContain('━━━');
    expect(status).toBe(0);
  });

  test('give a module with exactly the inferred fields', async () => {
    const one = await made('nasty_names', `${names}\n${proto}`);
    const root = place(one);
    const { default: dataset } = await import(path.join(root, 'src/project/datasets/nasty_names.ts'));
    expect(Object.keys(dataset.fields).sort()).toEqual(
      [...one.inferred.fields.map(({ name }) => name)].sort(),
    );
    expect(Object.keys(dataset.fields)).toContain('constructor');
    expect(one.inferred.omitted.map(({ name }) => name)).toContain('__proto__');
    expect({}).not.toHaveProperty('polluted');
  });

  test('give no names with special characters of SQL, Python, Markdown or HTML', async () => {
    const { inferred } = await made('nasty_names', names);
    for (const { name, column } of inferred.fields) {
      expect(name).toMatch(/^[\p{L}\p{N}_ .:#%/()!?,=&+-]*$/u);
      expect(column).toMatch(/^[A-Za-z_]\w*$/);
    }
  });

  test('give YAML that is parsed to the same values', async () => {
    const one = await made(
      'nasty_values',
      NASTY.map((value, at) => JSON.stringify({ id: at, color: value.trim() })).join('\n'),
    );
    const rows = parse(rowsOf(one)) as { given: Record<string, unknown> }[];
    expect(rows[0]?.given).toMatchObject({ color: NASTY[0] });
  });

  test('print no control character', async () => {
    const text = shown(await made('nasty_names', `${names}\n${values}`));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal interprets these
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e\u2028]/);
  });

  test.each([
    '../../etc/passwd',
    'Orders',
    'a-b',
    "x'",
    '__proto__',
    '',
    'a'.repeat(41),
    'index',
    'records',
    'write',
  ])('the name %j is rejected', async (name) => {
    await expect(makeDataset({ root: ROOT, name, from: path.join(SAMPLES, 'orders.jsonl') })).rejects.toThrow(
      /A dataset('s name has 1 to 40 lower-case letters| can't be called)/,
    );
  });
});

test('a record that has only the fields of the key is no example of a row', async () => {
  const records = [
    { id: 11, colour: 'red', note: 'new' },
    { id: 12, colour: 'red' },
    { id: 13 },
    { id: 14, note: null },
  ];
  const one = await made('paints', records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const rows = parse(rowsOf(one)) as { says: string; given: object; expect: { kept: boolean } }[];
  const { given } = rows.find(({ says }) => says === 'a missing value becomes NULL') ?? {};
  expect(given).toEqual({ id: 14, note: null });
  expect(rows.filter((row) => row.expect.kept).map(({ given }) => Object.keys(given).length)).not.toContain(
    1,
  );
});

test.each(['dataset', 'record', 'rules', 'sql'])(
  'a dataset can be called %s, because no file has this name',
  async (name) => {
    const { files } = await made(name, '{"id":1}\n');
    const root = place({ files } as Made);
    const { default: dataset } = await import(path.join(root, `src/project/datasets/${name}.ts`));
    expect(notebooks([dataset], []).get(`notebooks/3_clean/${name}.py`)).toContain(`clean_${name}`);
  },
);

describe('personal data', () => {
  const person = {
    id: 1,
    user_id: 4711,
    name: 'Grace Hopper',
    email: 'grace@navy.test',
    phone: '+49 341 1234567',
    street: 'Hauptstr. 5',
    birthday: '1906-12-09',
    ip: '203.0.113.9',
    customer: {
      id: 98765,
      name: 'Alan Turing',
      mail: 'alan@bletchley.test',
      profile_url: 'https://a.test/alan',
    },
    note: 'Call Mrs Hopper at the side door',
    contact: 'ada@lovelace.test',
    callback: '0341 7654321',
    product: { id: 5, name: 'Teapot' },
  };

  test('is neither written to files nor printed', async () => {
    const one = await made('people', `${JSON.stringify(person)}\n`);
    const all = [...one.files.values(), shown(one)].join('\n');
    for (const secret of [
      ...[
        '4711',
        'Grace',
        'Hopper',
        'navy',
        '1234567',
        'Hauptstr',
        '1906',
        '203.0.113',
        '98765',
        'Turing',
        'bletchley',
      ],
      ...['a.test/alan', 'side door', 'lovelace', '7654321'],
    ])
      expect(all).not.toContain(secret);
    expect(all).toContain('Teapot');
    expect(shown(one)).toContain('test rows, because the values look personal: user_id, name, email');
  });

  test('does not become a list of values, however frequent it is', async () => {
    const names = ['Grace', 'Alan'];
    const lines = Array.from({ length: 40 }, (_, at) =>
      JSON.stringify({ id: at, assigned_to: names[at % 2], customer_name: names[at % 2], color: 'red' }),
    );
    const one = await made('tickets', lines.join('\n'));
    expect([...one.files.values(), shown(one)].join('\n')).not.toMatch(/Grace|Alan/);
  });

  test.each(['anonymousId', 'domain_userid', 'userid', 'custid', 'visitorid'])(
    'is replaced in the field %s of a person whose name is not known',
    async (name) => {
      const one = await made('visits', `{"id":1,"${name}":"abc-777"}\n`);
      expect(one.replaced).toEqual([name]);
      expect(rowsOf(one)).not.toContain('abc-777');
    },
  );

  test('is not assumed in words that end like an id', async () => {
    const one = await made('visits', '{"id":1,"paid":"abc-777","humid":"x","grid":"y"}\n');
    expect(one.replaced).toEqual([]);
  });

  test('is replaced by values that the rules accept', async () => {
    const one = await made('people', `${JSON.stringify(person)}\n`);
    const [row] = parse(rowsOf(one)) as { given: Record<string, string> }[];
    expect(row?.given).toMatchObject({
      name: expect.stringMatching(/^Person \d+$/),
      email: expect.stringMatching(/@example\.com$/),
    });
    expect(String(row?.given.user_id)).toMatch(/^\d{4}$/);
  });

  test.each([
    [
      'times in fields named like personal data',
      'jsonl',
      (at: number) =>
        JSON.stringify({
          id: at,
          email_verified_at: `2026-01-01T00:00:${10 + at}Z`,
          token_expires_at: `2026-01-02 00:00:${10 + at}`,
        }),
    ],
    ['a key of digits that is named like a telephone', 'csv', (at: number) => `${at || 'cell_id'},x`],
  ])('that is replaced leaves no key or required field NULL: %s', async (_, extension, line) => {
    const sample = Array.from({ length: 30 }, (_, at) => `${line(at)}\n`).join('');
    const one = await made('accounts', sample, extension);
    const { fields, key } = one.inferred;
    const needed = fields.filter(({ name, required }) => required || key.fields.includes(name));
    expect(needed).toHaveLength(extension === 'csv' ? 1 : 3);
    const rows = parse(rowsOf(one)) as { given: Record<string, unknown>; expect: { kept: boolean } }[];
    for (const { given } of rows.filter((row) => row.expect.kept))
      for (const { name } of needed) expect(given[name], name).not.toBeNull();
  });
});

describe('the replacement of a personal value', () => {
  const text = (name: string, value: string, replacer = new Replacer()) =>
    replacer.safe(name, { kind: 'text', text: value }).text;

  test('is an IP address for an IP address, even after a text that contained an IP address', () => {
    const replacer = new Replacer();
    text('line', 'host 10.0.0.1 up', replacer);
    expect(text('line', '10.0.0.2', replacer)).toMatch(/^192\.0\.2\./);
  });

  test.each([
    ['1990-04-03', /^19\d\d-01-01$/],
    ['03.04.1990', /^01\.01\.19\d\d$/],
    ['4/3/1990', /^01\/01\/19\d\d$/],
    ['3rd of April', /^removed-\d+$/],
  ])('is another day for a birthday, or a text if the form is unknown: %s', (value, form) => {
    const other = text('birthday', value);
    expect(other).toMatch(form);
    expect(other).not.toBe(value);
  });

  test('is an id for an id inside JSON, even if another field had the same digits as a telephone number', () => {
    const replacer = new Replacer();
    text('phone', '5551234567', replacer);
    const json = replacer.safe('customer', { kind: 'json', text: '{"user_id":5551234567}' });
    expect(json.text).toMatch(/^\{"user_id":\d{10}\}$/);
    expect(json.text).not.toContain('5551234567');
  });

  test('of a long text is made quickly', () => {
    const started = performance.now();
    text('payload', 'deadbeef'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

test('two datasets with the same constant name get different constants', () => {
  const index = readFileSync(path.join(ROOT, 'src/project/datasets/index.ts'), 'utf8');
  const both = withDataset(withDataset(index, 'orders2'), 'orders_2');
  expect(both).toContain("import orders2 from './orders2.ts';");
  expect(both).toContain("import orders2Dataset from './orders_2.ts';");
  expect(both).toMatch(/\[[^\]]*orders2,\s+orders2Dataset[^\]]*\]/s);
});

test('a comment in the list of datasets stays a comment', () => {
  const index =
    "import type { Dataset } from 'x';\n\nexport const datasets: readonly Dataset[] = [\n  // Last.\n  z,\n];\n";
  expect(withDataset(index, 'a')).toMatch(/ = \[\/\/ Last\.\n {2}z,\na\];/);
});

describe('three samples', () => {
  test.each([
    ['orders', 'orders.jsonl'],
    ['trips', 'trips.csv'],
    ['events', 'events.jsonl'],
  ])('%s gives formatted files', async (name, file) => {
    const one = await makeDataset({ root: ROOT, name, from: path.join(SAMPLES, file) });
    const { status, stdout, stderr } = biome(place(one), 'src/project/datasets');
    expect(`${stdout}${stderr}`).not.toContain('━━━');
    expect(status).toBe(0);
    expect(sourceOf(one)).toMatchSnapshot();
  });
});

test('a dataset with few, short or wide names is formatted, too', async () => {
  const from = path.join(folder, 'short.csv');
  writeFileSync(from, 'ünïcode;day;city\n1;13.01.2026;東京の大きな郵便局\n2;14.01.2026;大阪\n');
  const made = await makeDataset({ root: ROOT, name: 'short', from });
  const { stdout, stderr } = biome(place(made), 'src/project/datasets');
  expect(`${stdout}${stderr}`).not.toContain('━━━');
});

test('the reason of a value that is not JSON is a sentence', async () => {
  const rows = parse(rowsOf(await made('nested', '{"id":1,"tags":[1]}\n'))) as { expect: object }[];
  expect(rows.map((row) => row.expect)).toContainEqual(
    expect.objectContaining({ reasons: ['tags is not a JSON object or array'] }),
  );
});

test('the error for a sample without records names the first damaged line', async () => {
  await expect(made('broken', 'oops\n{"a":')).rejects.toThrow(
    /contains no record; .*broken\.jsonl, line 1 is not JSON .*and 1 more: expected JSON objects, or CSV with a header\.$/,
  );
  await expect(made('empty', '')).rejects.toThrow('contains no record: expected');
});

test.each([
  ['nulls', '{"a":null}\n'],
  ['a response with its records inside', '{"data":[{"id":1},{"id":2}],"next":null}\n'],
  ['two kinds of records', '{"a":1}\n{"b":2}\n'],
])('the error for a sample without a key says what a key needs: %s', async (_, content) => {
  await expect(made('keyless', content)).rejects.toThrow(
    'keyless.jsonl has no field with a number, text or time in nearly every record, so no field can be the key: add an id to the records, or name a sample whose records are of one kind and not inside another object.',
  );
});

test('an existing dataset is replaced only with force', async () => {
  const from = path.join(SAMPLES, 'orders.jsonl');
  await expect(makeDataset({ root: ROOT, name: 'pin', from })).rejects.toThrow(
    'src/project/datasets/pin.ts already exists: choose another name, or replace it with --force.',
  );
  expect((await makeDataset({ root: ROOT, name: 'pin', from, force: true })).files.size).toBe(3);
});

test('all test rows have different keys, because the table keeps only the later of two rows with the same key', async () => {
  const lines = Array.from({ length: 12 }, (_, at) =>
    JSON.stringify({
      id: Math.floor(at / 2),
      size: at,
      weight: at / 4,
      sent: '2026-03-01T10:00:00Z',
      note: at % 2 ? 'x' : null,
    }),
  );
  const rows = parse(rowsOf(await made('parcels', lines.join('\n')))) as { given: { id?: number } }[];
  const keys = rows.flatMap(({ given }) => given.id ?? []);
  expect(keys.length).toBeGreaterThan(3);
  expect(new Set(keys).size).toBe(keys.length);
});
