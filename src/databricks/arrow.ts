/**
 * Reads results without loss. The driver converts rows as the result's schema says: a row becomes an object with the
 * column names as keys, a time becomes a Date, a MAP an object, and a nested DECIMAL a number. This conversion loses
 * columns with repeated names, names that objects treat specially, microseconds, some years, keys of a MAP, and digits.
 * In Arrow data, however, a value is found by its position. Before the first row, this module therefore replaces the
 * schema with a schema of the same layout whose values the driver does not convert.
 */
import { createRequire } from 'node:module';
import { thrift } from '@databricks/sql';
import {
  dateText,
  decimalText,
  floatValue,
  integerValue,
  SqlEntries,
  type SqlValue,
  timeText,
} from './value.ts';

/**
 * The driver's copy of apache-arrow. This copy is needed, because the driver accepts only instances of its classes.
 * TypeScript can't import its types.
 */
const require = createRequire(createRequire(import.meta.url).resolve('@databricks/sql'));
// biome-ignore lint/suspicious/noExplicitAny: see above
const arrow = require('apache-arrow') as any;

const { TTypeId } = thrift.TCLIService_types;

export interface SqlColumn {
  readonly name: string;
  /** `BIGINT`, `STRING`, `ARRAY`, … without parameters in brackets. */
  readonly type: string;
}

// biome-ignore lint/suspicious/noExplicitAny: an Arrow value of any type, as the driver returns it
type Raw = any;
type Read = (raw: Raw) => SqlValue;

/** An `arrow.DataType`. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type ArrowType = any;

/** A type that replaces another type of the same layout, and the function that converts its values. */
interface Reading {
  readonly as: ArrowType;
  readonly read: Read;
}

/** The part of `TGetResultSetMetadataResp` that is used. */
export interface Metadata {
  readonly schema?: {
    readonly columns: {
      columnName: string;
      readonly position: number;
      readonly typeDesc: { readonly types: readonly { readonly primitiveEntry?: { type: number } }[] };
    }[];
  };
  arrowSchema?: Buffer;
}

export interface ResultForm {
  readonly columns: readonly SqlColumn[];
  /**
   * Returns the values of a row in the order of the columns. The driver must have read the row with the changed
   * `metadata`.
   */
  readonly row: (raw: Raw) => SqlValue[];
}

/**
 * Changes the `metadata` with which the driver reads rows. Returns the columns, and the function that converts rows.
 */
export function readExactly(metadata: Metadata): ResultForm {
  const given = [...(metadata.schema?.columns ?? [])].sort((a, b) => a.position - b.position);
  const types: ArrowType[] | undefined = metadata.arrowSchema && typesIn(metadata.arrowSchema);
  const columns = given.map(({ columnName, typeDesc }, index) => ({
    name: columnName,
    type: typeName(typeDesc.types[0]?.primitiveEntry?.type, types?.[index]),
  }));
  const readings = given.map((_, index) =>
    types ? readingOf(types[index]) : { as: undefined, read: plain },
  );
  for (const [index, column] of given.entries()) {
    column.columnName = String(index);
    // The driver leaves a value unchanged if its type is text.
    const entry = column.typeDesc.types[0]?.primitiveEntry;
    if (entry) entry.type = TTypeId.STRING_TYPE;
  }
  if (types) metadata.arrowSchema = schemaOf(readings.map(({ as }) => as));
  return { columns, row: (raw) => readings.map(({ read }, index) => orNull(read)(raw[index])) };
}

/** Returns the column types of a schema message. */
function typesIn(schema: Buffer): ArrowType[] {
  const reader = arrow.RecordBatchReader.from(schema).open();
  return reader.schema.fields.map(({ type }: { type: ArrowType }) => type);
}

/** Length of the end marker of a stream of Arrow messages. */
const END_BYTES = 8;

/** Returns a schema message whose columns are named by position. */
function schemaOf(types: readonly ArrowType[]): Buffer {
  const fields = types.map((type, index) => field(String(index), type));
  const stream = arrow.tableToIPC(new arrow.Table(new arrow.Schema(fields)), 'stream');
  return Buffer.from(stream.subarray(0, stream.length - END_BYTES));
}

const field = (name: string, type: ArrowType) => new arrow.Field(name, type, true);

const orNull =
  (read: Read): Read =>
  (raw) =>
    raw === null || raw === undefined ? null : read(raw);

function readingOf(type: ArrowType): Reading {
  const { DataType } = arrow;
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? 'Z' : '';
    return { as: new arrow.Int64(), read: (raw) => timeText(microsOf(raw, type.unit)) + zone };
  }
  if (DataType.isDate(type) && type.unit === arrow.DateUnit.DAY)
    return { as: new arrow.Int32(), read: dateText };
  if (DataType.isDecimal(type)) {
    const bytes = new arrow.FixedSizeBinary(type.bitWidth / 8);
    return { as: bytes, read: (raw) => decimalText(integerOf(raw), type.scale) };
  }
  if (DataType.isFloat(type) && type.precision === arrow.Precision.SINGLE)
    return { as: type, read: floatValue };
  if (DataType.isList(type)) {
    const { as, read } = readingOf(type.children[0].type);
    return { as: new arrow.List(field('element', as)), read: (raw) => raw.map(orNull(read)) };
  }
  if (DataType.isMap(type)) {
    // In Arrow, a map has the layout of a list of structs. Read as such a list, it keeps the entries' order and the
    // keys' type.
    const [key, value] = type.children[0].type.children.map(({ type }: { type: ArrowType }) =>
      readingOf(type),
    );
    const entry = new arrow.Struct([field('0', key.as), field('1', value.as)]);
    const read = (raw: Raw) =>
      new SqlEntries(raw.map((one: Raw) => [orNull(key.read)(one[0]), orNull(value.read)(one[1])]));
    return { as: new arrow.List(field('element', entry)), read };
  }
  if (DataType.isStruct(type)) {
    const fields = type.children.map(({ name, type }: { name: string; type: ArrowType }) => ({
      name,
      ...readingOf(type),
    }));
    const as = new arrow.Struct(fields.map(({ as }: Reading, index: number) => field(String(index), as)));
    const read = (raw: Raw) =>
      new SqlEntries(
        fields.map(({ name, read }: Reading & { name: string }, index: number) => [
          name,
          orNull(read)(raw[index]),
        ]),
      );
    return { as, read };
  }
  return { as: type, read: plain };
}

/** Converts a value whose type is not replaced, or a value that arrives by Thrift without Arrow. */
function plain(raw: Raw): SqlValue {
  if (typeof raw === 'bigint') return integerValue(raw);
  if (raw instanceof Date) return dateText(raw.getTime() / 86_400_000);
  // Without Arrow, a BIGINT arrives as an object with eight big-endian bytes.
  if (raw?.buffer instanceof Buffer && raw.offset !== undefined)
    return integerValue(raw.buffer.readBigInt64BE(raw.offset));
  return raw;
}

function microsOf(raw: bigint, unit: number): bigint {
  const { SECOND, MILLISECOND, NANOSECOND } = arrow.TimeUnit;
  if (unit === SECOND) return raw * 1_000_000n;
  if (unit === MILLISECOND) return raw * 1000n;
  return unit === NANOSECOND ? raw / 1000n : raw;
}

/** Returns the integer of little-endian bytes in two's complement. */
function integerOf(bytes: Buffer): bigint {
  let value = 0n;
  for (const byte of Buffer.from(bytes).reverse()) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(bytes.length * 8, value);
}

function typeName(type: number | undefined, arrowType: ArrowType): string {
  if (arrowType && arrow.DataType.isTimestamp(arrowType) && !arrowType.timezone) return 'TIMESTAMP_NTZ';
  const name = Object.entries(TTypeId).find(([, id]) => (id as unknown) === type)?.[0] ?? 'STRING';
  return name.replace(/_TYPE$/, '');
}
