/** Datasets with any names and texts are either rejected in one sentence or rendered with every text escaped. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { dashboard } from '../../generator/dashboard.ts';
import { jobs } from '../../generator/jobs.ts';
import { notebooks } from '../../generator/notebooks.ts';
import type { Dataset, Field } from '../../src/datasets/dataset.ts';
import { bigNumber, decimal, double, oneOf, text, wholeNumber } from '../../src/datasets/rules.ts';
import { literal } from '../../src/datasets/sql.ts';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { NASTY_FIELDS, NASTY_TEXT, nastyDataset } from '../fixtures/shop.ts';

/** The same dataset with words that have no special meaning in SQL, Python or Markdown. */
const tame: Dataset = nastyDataset(
  NASTY_FIELDS.map((_, nth) => `name_${nth}`),
  'text',
);
const nasty: Dataset = nastyDataset(NASTY_FIELDS, NASTY_TEXT);

/**
 * A Python program that prints the shape of each cell: the types of Python's top-level nodes, the number and
 * parameters of SQL statements, or the numbers of lines and of table cells in Markdown.
 */
const SHAPES = String.raw`
import ast, json, re, sys
from pathlib import Path
from local.spark import notebook, sql

def shape(cell):
    if cell.language == "python":
        return [type(node).__name__ for node in ast.parse(cell.text).body]
    if cell.language == "sql":
        return [len(sql.statements(cell.text)), [sorted(s.parameters) for s in sql.statements(cell.text)]]
    rows = [line for line in cell.text.split("\n") if line.startswith("|")]
    # A bar separates cells if no backslash is before it.
    return [len(cell.text.split("\n")), [len(re.findall(r"(?<!\\)\|", row)) for row in rows]]

found = {}
for file in sorted(Path(sys.argv[1]).rglob("*.py")):
    cells = notebook.read(file).cells
    found[str(file.relative_to(sys.argv[1]))] = [[cell.language, shape(cell)] for cell in cells]
print(json.dumps(found))
`;

/** Returns the shapes of the cells in the notebooks of one dataset. */
function shapes(dataset: Dataset): unknown {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'rendered-'));
  try {
    for (const [file, content] of notebooks([dataset], [])) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    const { python = 'python3' } = readSettings();
    return JSON.parse(execFileSync(python, ['-c', SHAPES, folder], { cwd: ROOT, encoding: 'utf8' }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('names, descriptions, placeholders and values of any characters', () => {
  const rendered = notebooks([nasty], []);
  const clean = rendered.get('notebooks/3_clean/nasty.py') ?? '';

  test('give the same cells of Python, SQL and Markdown as plain words', () => {
    expect(shapes(nasty)).toEqual(shapes(tame));
  });

  test('form no HTML tags in Markdown outside code', () => {
    const titles = clean.split('# COMMAND ----------')[0] ?? '';
    expect(titles.replaceAll(/(`+).*?(?<!`)\1(?!`)/g, '')).not.toMatch(/<[a-z/!]/i);
  });

  test('are not replaced as variables by a notebook or Spark', () => {
    const cells = clean.split('# COMMAND ----------').filter((cell) => cell.includes('# MAGIC %sql'));
    expect(cells.join()).toContain(String.raw`\u0024{env:HOME}`);
    expect(cells.join()).not.toContain('${env:HOME}');
  });

  test('do not change jobs and dashboard', () => {
    for (const [file, content] of jobs([nasty], []))
      expect(parse(content), file).toEqual(parse(jobs([tame], []).get(file) ?? ''));
    expect(dashboard([nasty], [])).toEqual(dashboard([tame], []));
  });
});

test.each([
  [wholeNumber(0, 2147483647), false],
  [wholeNumber(0, 120), true],
  [wholeNumber(1, 2147483647), true],
  [bigNumber(), false],
  [bigNumber(0), false],
  [bigNumber(-1), true],
])(
  "a whole number's SQL checks no bound that its pattern and its type already ensure: %o",
  (rule, bounded) => {
    expect(rule.sql('number').includes('BETWEEN')).toBe(bounded);
  },
);

describe('a dataset that Spark or Delta does not support is rejected', () => {
  const field = (rule: Field['rule'] = text): Field => ({ description: 'A field', rule });
  const shop: Dataset = {
    name: 'shop',
    singular: 'a shop',
    plural: 'shops',
    title: 'Shops',
    grain: 'one row per shop',
    key: 'id',
    fields: { id: field(bigNumber()), name: field(), rating: field(double) },
    columns: [{ name: 'id' }, { name: 'name' }],
  };
  const columns = (...names: string[]) => ({
    fields: { ...shop.fields, ...Object.fromEntries(names.map((name) => [name, field()])) },
    columns: [...shop.columns, ...names.map((name) => ({ name }))],
  });

  test.each<[string, Partial<Dataset>, string]>([
    ['an invalid name of a topic', { name: 'Shop-1' }, 'expected 1 to 60 lower-case letters, digits and _'],
    [
      'fields that differ in case',
      { fields: { ...shop.fields, Name: field() } },
      'the fields name and Name have the same name in Spark: keep one of them',
    ],
    [
      'columns that differ in case',
      { columns: [...shop.columns, { name: 'NAME', from: 'name' }] },
      'the columns name and NAME have the same name in Spark',
    ],
    [
      'a field with a $',
      { fields: { ...shop.fields, $oid: field() } },
      "a field's name can't contain $ or a line break; remove the field",
    ],
    ['a field with a line break', { fields: { ...shop.fields, 'a\nb': field() } }, '$ or a line break'],
    [
      'a field named like a column of the cleaning notebook',
      { fields: { ...shop.fields, _Value: field() } },
      "the field _Value can't be read",
    ],
    [
      'a field named like a column of the JSON reader',
      { fields: { ...shop.fields, _broken: field() } },
      "the field _broken can't be read",
    ],
    [
      'a column with a blank',
      columns('unit price (€)'),
      'write { name: "unit_price", from: "unit price (€)" }',
    ],
    [
      'a share in percent',
      { quality: { rejectedShare: { fail: 5 } } },
      'quality.rejectedShare.fail is 5: expected a share from 0 to 1',
    ],
    [
      'half a day',
      { quality: { silentDays: { warn: 0.5 } } },
      'quality.silentDays.warn is 0.5: expected a whole number of days',
    ],
    ['a column with a backtick', columns('a`b'), 'write { name: "a_b", from: "a`b" }'],
    ['a column with a dot', columns('a.b'), 'write { name: "a_b", from: "a.b" }'],
    [
      'a column named like a column of the pipeline',
      columns('Kept'),
      "write { name: 'kept_of_shop', from: 'Kept' }",
    ],
    [
      'a column without a field',
      { columns: [...shop.columns, { name: 'city' }] },
      'made from field city, which the dataset does not have: name one of id, name, rating',
    ],
    [
      'a column of a dropped field',
      { fields: { ...shop.fields, name: { ...field(), dropped: true } } },
      'made from field name, which is dropped',
    ],
    [
      'a calculated column of an unknown field',
      {
        columns: [
          ...shop.columns,
          { name: 'x', type: 'INT', description: 'X', cleaning: 'x', sql: 'length({nam})' },
        ],
      },
      'made from field nam, which',
    ],
    [
      'a computed column without a type',
      { columns: [...shop.columns, { name: 'x', sql: 'length({name})' } as Dataset['columns'][number]] },
      "the column x is computed by SQL, but has no type: add type: 'STRING'",
    ],
    ['no key', { key: [] }, 'the key names no field'],
    [
      'a key that is not a field',
      { key: ['id', 'number'] },
      "the key field number is not one of the dataset's",
    ],
    [
      'a key of fractions',
      { key: 'rating', columns: [...shop.columns, { name: 'rating' }] },
      'the key field rating is a DOUBLE: expected a rule that gives INT, BIGINT, STRING, DATE, TIMESTAMP',
    ],
    [
      'a key without a column',
      { columns: [{ name: 'name' }] },
      "no column contains the key field id: add { name: 'id' } to the columns",
    ],
    [
      'a key after the first 32 columns',
      {
        columns: [
          ...Array.from({ length: 32 }, (_, n) => ({ name: `name_${n}`, from: 'name' })),
          { name: 'id' },
        ],
      },
      "the key's column id is not among the first 32",
    ],
    ['an unknown latestBy', { latestBy: 'updated' }, 'latestBy names updated, which is not one of the'],
    ['a latestBy without a column', { latestBy: 'rating' }, "add { name: 'rating' } to the columns"],
    [
      'a required field that is dropped',
      { fields: { ...shop.fields, rating: { ...field(), required: true, dropped: true } } },
      'the field rating is both required and dropped: remove one of the two',
    ],
  ])('%s', (_, change, told) => {
    expect(() => notebooks([{ ...shop, ...change }], [])).toThrow(told);
    expect(() => notebooks([{ ...shop, ...change }], [])).toThrow(
      /^src\/project\/datasets\/\S+\.ts: [^\n]+\.$/,
    );
  });

  test('invalid arguments of a rule are rejected too', () => {
    expect(() => decimal(39, 2)).toThrow('1 to 38 digits');
    expect(() => decimal(2, 3)).toThrow('of which 0 to all are after the point');
    expect(() => bigNumber(0, '9223372036854775808')).toThrow('bounds in the range of BIGINT');
    expect(() => bigNumber(2 ** 53, undefined)).toThrow('bounds in the range of BIGINT');
    expect(() => oneOf()).toThrow('at least one');
    expect(() => oneOf('new', ' paid')).toThrow('got " paid"');
  });
});

test('a SQL literal is one line without $', () => {
  expect(literal("it's\n$1 \\ \u2028")).toBe(String.raw`'it\'s\u000A\u00241 \\ \u2028'`);
});
