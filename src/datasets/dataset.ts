/**
 * The declaration of a dataset: the fields that arrive, the columns that are kept, and the rules that turn fields into columns.
 * Each dataset is declared once, in its own file; notebooks, tables, the producer's types and the reasons for rejections are derived
 * from it.
 */
import type { z } from 'zod';

export type SqlType =
  | 'INT'
  | 'BIGINT'
  | 'DOUBLE'
  | `DECIMAL(${number},${number})`
  | 'BOOLEAN'
  | 'DATE'
  | 'TIMESTAMP'
  | 'STRING'
  | 'ARRAY<DOUBLE>';

/** Converts a field's text into a value. */
export interface Rule {
  /** The valid values in words: "a whole number from 0 to 120". Any other value becomes NULL and is reported. */
  readonly description: string;
  readonly type: SqlType;
  /** Returns one SQL expression over the trimmed text of the field; it is NULL if the text does not match the description. */
  sql(text: string): string;
  /** False if every text is a valid value, so that nothing can be reported. */
  readonly canFail: boolean;
  /**
   * Returns the canonical form: the same text for all forms of a value; null if the text is not a value. Omitted if a
   * value has only one form.
   */
  canonical?(text: string): string | null;
  /** Returns the nth valid value as it appears in a record; `n` starts at 0. If omitted, the field can't be emulated. */
  example?(n: number): unknown;
}

/** One field of the record as it arrives. */
export interface Field {
  readonly description: string;
  readonly rule: Rule;
  /** Texts that mean "missing" in this field, in addition to the empty text. */
  readonly placeholders?: readonly string[];
  /** True if a record without a valid value is rejected. Fields of the key are always required. */
  readonly required?: true;
  /** The type that the producer should send; if omitted, the producer does not check this field. */
  readonly sent?: z.ZodType;
  /** True for a field that is known but not kept. */
  readonly dropped?: boolean;
}

/** A column that contains the field of the same name, or the field `from`. */
export interface FieldColumn {
  readonly name: string;
  readonly from?: string;
}

/** A column computed from several fields, which its SQL expression references as `{field}`. */
export interface MadeColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly description: string;
  /** Describes in Markdown how cleaning computes the column. */
  readonly cleaning: string;
  readonly sql: string;
}

/** A column of the clean table. */
type Column = FieldColumn | MadeColumn;

/** Above `warn`, a measure needs attention; above `fail`, the batch job fails. Without `fail`, the job never fails. */
export interface Limits {
  readonly warn: number;
  readonly fail?: number;
}

/** The limits for arriving records. */
export interface Quality {
  /** The share of the last day's records that were rejected, from 0 to 1. */
  readonly rejectedShare: Limits;
  /** Days of 24 hours without a record. A limit is exceeded six hours later, because deliveries may be late. */
  readonly silentDays: Limits;
}

export interface Dataset {
  /** The last part of topic, stream and table names, such as `orders`. */
  readonly name: string;
  /** Noun for one record: "an order". */
  readonly singular: string;
  /** Noun for several records: "orders". */
  readonly plural: string;
  readonly title: string;
  readonly grain: string;
  /** The field or fields that identify a row: records with the same key are versions of one row. */
  readonly key: string | readonly string[];
  /** The field whose greatest value marks the latest version, such as a time of change; if omitted, the latest arrival wins. */
  readonly latestBy?: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** The columns, in the order of the clean table. */
  readonly columns: readonly Column[];
  /**
   * Limits that differ from the defaults. The defaults warn above 5 % rejected records or one day without a record, and
   * never fail the job.
   */
  readonly quality?: { readonly [Measure in keyof Quality]?: Partial<Limits> };
}

/** Returns the names of the key's fields, in order. */
export const keyFields = ({ key }: Pick<Dataset, 'key'>): readonly string[] =>
  typeof key === 'string' ? [key] : key;

const keeps = (column: Column, field: string): boolean =>
  !('sql' in column) && (column.from ?? column.name) === field;

/** Returns the name of the clean table's column that contains this field alone; undefined if there is none. */
export const columnOf = ({ columns }: Pick<Dataset, 'columns'>, field: string): string | undefined =>
  columns.find((column) => keeps(column, field))?.name;

/** Returns the names of the fields without which a record is rejected, the key's fields first. */
export const neededFields = (dataset: Dataset): string[] => [
  ...new Set([
    ...keyFields(dataset),
    ...Object.keys(dataset.fields).filter((name) => dataset.fields[name]?.required),
  ]),
];

/** Returns the names of the clean table's columns that contain the key, in the order of the key. */
export const keyColumns = (dataset: Dataset): string[] =>
  keyFields(dataset).flatMap((field) => columnOf(dataset, field) ?? []);

/** Returns the columns whose values, compared in this order, decide which of two rows with the same key is the later version. */
export const versionColumns = (dataset: Dataset): string[] => [
  ...(dataset.latestBy === undefined ? [] : [columnOf(dataset, dataset.latestBy) ?? []].flat()),
  '_position',
];
