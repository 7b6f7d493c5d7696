/** Values between a warehouse and its client: Arrow batches read by Databricks' driver, and parameters as literals. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { withParameters } from '../../local/workspace/sql/parameters.ts';
import { readExactly } from '../../src/databricks/arrow.ts';
import { jsonText } from '../../src/databricks/show/values.ts';

const driver = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));
const arrow = driver('apache-arrow');
const { default: Converter } = driver('./result/ArrowResultConverter');
const { default: Handler } = driver('./result/ArrowResultHandler');

const END_BYTES = 8;
const field = (name: string, type: unknown) => new arrow.Field(name, type, true);

/** Returns the rows that the driver reads from the columns. */
async function read(
  columns: readonly (readonly [name: string, type: unknown, values: readonly unknown[]])[],
) {
  const message = (schema: unknown) => {
    const stream = arrow.tableToIPC(new arrow.Table(schema), 'stream');
    return Buffer.from(stream.subarray(0, stream.length - END_BYTES));
  };
  const arrowSchema = message(new arrow.Schema(columns.map(([name, type]) => field(name, type))));
  // The batch needs no column names, but the library that writes it needs distinct ones.
  const schema = new arrow.Schema(columns.map(([, type], index) => field(`c${index}`, type)));
  const children = columns.map(([, type, values]) => arrow.vectorFromArray(values, type).data[0]);
  const length = columns[0]?.[2].length ?? 0;
  const data = arrow.makeData({ type: new arrow.Struct(schema.fields), length, children });
  const written = arrow.tableToIPC(new arrow.Table(schema, [new arrow.RecordBatch(schema, data)]), 'stream');
  const batch = Buffer.from(written.subarray(message(schema).length));
  const metadata = {
    schema: {
      columns: columns.map(([columnName], index) => ({
        columnName,
        position: index + 1,
        typeDesc: { types: [{ primitiveEntry: { type: 7 } }] },
      })),
    },
    arrowSchema,
  };
  const { columns: found, row } = readExactly(metadata);
  let left = [{ arrowBatches: [{ batch, rowCount: { toNumber: () => length } }] }];
  const source = {
    hasMore: async () => left.length > 0,
    fetchNext: async () => {
      const [next] = left;
      left = [];
      return next;
    },
  };
  const converter = new Converter({}, new Handler({}, source, metadata), metadata, {
    preserveBigNumericPrecision: true,
  });
  return { names: found.map(({ name }) => name), rows: (await converter.fetchNext({ limit: 10 })).map(row) };
}

test('integers, dates, lists and structs keep their values under any column name', async () => {
  const micros = (zone?: string) => new arrow.Timestamp(arrow.TimeUnit.MICROSECOND, zone);
  const list = new arrow.List(field('element', new arrow.Int64()));
  const struct = new arrow.Struct([field('__proto__', new arrow.Int32()), field('0', new arrow.Utf8())]);
  const { names, rows } = await read([
    ['t', new arrow.Int64(), [-1n]],
    ['t', list, [[2n ** 63n - 1n, null, 7n]]],
    ['__proto__', struct, [{ ['__proto__']: null, 0: 'x' }]],
    ['length', new arrow.Float32(), [Math.fround(0.1)]],
    ['1', new arrow.DateDay(), [new Date('1969-12-31')]],
    ['0', new arrow.Bool(), [false]],
    ['none', micros('Asia/Kolkata'), [null]],
  ]);
  expect(names).toEqual(['t', 't', '__proto__', 'length', '1', '0', 'none']);
  expect(rows.map((row: unknown[]) => row.map((value) => jsonText(value as never)))).toEqual([
    [
      '-1',
      '["9223372036854775807",null,7]',
      '{"__proto__":null,"0":"x"}',
      '0.1',
      '"1969-12-31"',
      'false',
      'null',
    ],
  ]);
});

const sent = (type: string, value: string) =>
  withParameters('SELECT :a', [{ name: 'a', type, value: { stringValue: value } }]);

test.each([
  ['TINYINT', '-128', '-128Y'],
  ['BIGINT', '-9223372036854775808', '-9223372036854775808L'],
  ['DECIMAL(38,0)', '-99999999999999999999999999999999999999', '-99999999999999999999999999999999999999BD'],
  ['DECIMAL(10,2)', '1.5', '1.50BD'],
  ['DECIMAL(2,2)', '.5', '0.50BD'],
  ['DECIMAL', '1.5', '1.5BD'],
  ['DOUBLE', '1.7976931348623157E308', '1.7976931348623157E308D'],
  ['STRING', "a'\\", "'a\\'\\\\'"],
])('a parameter of the type %s, %s, is the literal %s', (type, value, literal) => {
  expect(sent(type, value)).toBe(`EXECUTE IMMEDIATE 'SELECT :a' USING ${literal} AS a`);
});

test.each([
  ['DECIMAL(2,1)', '10.0', ':a is "10.0", which is not a valid DECIMAL(2,1).'],
  ['DECIMAL(2,1)', '1.05', ':a is "1.05", which is not a valid DECIMAL(2,1).'],
  ['INT', '1.5', ':a is "1.5", which is not a valid INT.'],
  [
    'DOUBLE',
    '-Infinity',
    ":a is -Infinity of the type DOUBLE, which can't be a parameter here: send it as a STRING and CAST it.",
  ],
  [
    'BINARY',
    'x',
    ":a is a value of the type BINARY, which can't be a parameter here: send it as a STRING and CAST it.",
  ],
])('a parameter of the type %s, %s, is rejected', (type, value, message) => {
  expect(() => sent(type, value)).toThrow(message);
});
