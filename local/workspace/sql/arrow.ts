/**
 * Rows as Arrow, as a SQL warehouse sends them: only so does `@databricks/sql` keep integers above 2^53 and decimals exact.
 * Spark's Thrift server sends columns, with text for all that is neither a number nor a boolean.
 */
import { createRequire } from 'node:module';
import { type Message, types } from './wire.ts';

/**
 * The very copy that the driver reads with, so that both sides stay in step: it is the driver's dependency, not this
 * project's, and its types can't be found from here.
 */
const require = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));
// biome-ignore lint/suspicious/noExplicitAny: see above
const arrow = require('apache-arrow') as any;

/** An `arrow.DataType`. */
type ArrowType = object;

const { TTypeId } = types;

export interface Column {
  readonly name: string;
  /** TTypeId */
  readonly type: number;
}

/** Ends a stream of Arrow messages. */
const END_BYTES = 8;

export class ArrowForm {
  readonly #columns: readonly Column[];
  readonly #schema: { readonly fields: readonly { readonly type: ArrowType }[] };
  /** The message that goes before all batches. */
  readonly schema: Buffer;

  /** `timestamps`: as Arrow's own, where the client said that it takes them; else as text. */
  constructor(columns: readonly Column[], timestamps: boolean) {
    this.#columns = columns;
    this.#schema = new arrow.Schema(
      columns.map(({ name, type }) => new arrow.Field(name, typeOf(type, timestamps), true)),
    );
    const empty = arrow.tableToIPC(new arrow.Table(this.#schema), 'stream');
    this.schema = Buffer.from(empty.subarray(0, empty.length - END_BYTES));
  }

  /** One batch of a row set's columns. */
  batch(columns: readonly Message[]): { batch: Buffer; rows: number } {
    // A statement that gives nothing has a column named Result, and no values.
    if (columns.length < this.#columns.length) return { batch: Buffer.alloc(0), rows: 0 };
    const vectors = this.#columns.map((column, index) => {
      const { type } = this.#schema.fields[index] as { readonly type: ArrowType };
      return arrow.vectorFromArray(valuesOf(columns[index], column, type), type).data[0];
    });
    const rows = vectors[0]?.length ?? 0;
    const data = arrow.makeData({
      type: new arrow.Struct(this.#schema.fields),
      length: rows,
      children: vectors,
    });
    const table = new arrow.Table(this.#schema, [new arrow.RecordBatch(this.#schema, data)]);
    const stream = arrow.tableToIPC(table, 'stream');
    return { batch: Buffer.from(stream.subarray(this.schema.length)), rows };
  }
}

function typeOf(type: number, timestamps: boolean): ArrowType {
  switch (type) {
    case TTypeId.BOOLEAN_TYPE:
      return new arrow.Bool();
    case TTypeId.TINYINT_TYPE:
      return new arrow.Int8();
    case TTypeId.SMALLINT_TYPE:
      return new arrow.Int16();
    case TTypeId.INT_TYPE:
      return new arrow.Int32();
    case TTypeId.BIGINT_TYPE:
      return new arrow.Int64();
    case TTypeId.FLOAT_TYPE:
      return new arrow.Float32();
    case TTypeId.DOUBLE_TYPE:
      return new arrow.Float64();
    case TTypeId.BINARY_TYPE:
      return new arrow.Binary();
    case TTypeId.DATE_TYPE:
      return new arrow.DateDay();
    case TTypeId.TIMESTAMP_TYPE:
      return timestamps ? new arrow.TimestampMillisecond('UTC') : new arrow.Utf8();
    default:
      return new arrow.Utf8();
  }
}

/** The one column of eight that is there, its NULLs put in. */
function valuesOf(column: Message, { type }: Column, to: ArrowType): unknown[] {
  const { values, nulls } = Object.values(column).find(Boolean) as { values: unknown[]; nulls: Buffer };
  const convert = conversion(type, to);
  return values.map((value, row) => {
    const isNull = ((nulls[row >> 3] ?? 0) >> (row & 7)) & 1;
    return isNull ? null : convert(value as never);
  });
}

function conversion(type: number, to: ArrowType): (value: never) => unknown {
  if (type === TTypeId.BIGINT_TYPE)
    return ({ buffer, offset }: { buffer: Buffer; offset: number }) => buffer.readBigInt64BE(offset);
  if (type === TTypeId.DATE_TYPE) return (text: string) => new Date(Date.parse(text));
  if (arrow.DataType.isTimestamp(to)) return (text: string) => Date.parse(`${text.replace(' ', 'T')}Z`);
  if (type === TTypeId.ARRAY_TYPE || type === TTypeId.MAP_TYPE || type === TTypeId.STRUCT_TYPE) return nested;
  return (value: unknown) => value;
}

/**
 * Spark writes nested values almost as JSON: without escapes, and dates without quotes. What can't be read back surely comes
 * as the text that it is rather than as another value. A text with `","` in it can't be told from two texts here.
 */
function nested(text: string): string {
  try {
    if (!text.includes('\\')) {
      JSON.parse(text);
      return text;
    }
  } catch {
    // Below.
  }
  return JSON.stringify(text);
}
