/**
 * A dataset is written once, in a file of its own, as data: the fields that arrive, the columns that are kept and the
 * rules between the two. Notebooks, tables, the producer's types and the reasons of rejected records come from it.
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

/** How a field's text becomes a value. */
export interface Rule {
  /** The sentence a reader sees: "a whole number from 0 to 120". Any other value becomes NULL and is reported. */
  readonly description: string;
  readonly type: SqlType;
  /** Returns one SQL expression over the trimmed text of the field; NULL where the text is not as the description has it. */
  sql(text: string): string;
  /** False where every text is a valid value, so that nothing can be reported. */
  readonly canFail: boolean;
  /** Returns one text for all forms of a value, null where the text is none; without it, a value has one form. */
  canonical?(text: string): string | null;
  /** Returns the nth of its valid values as a record holds it, `n` from 0 on; rules without examples can't be emulated. */
  example?(n: number): unknown;
}

/** One field of the record as it arrives. */
export interface Field {
  readonly description: string;
  readonly rule: Rule;
  /** Texts that stand for "missing" in this field, besides the empty one. */
  readonly placeholders?: readonly string[];
  /** True where a record without a valid value is rejected. Fields of the key are always required. */
  readonly required?: true;
  /** What a well-formed producer sends; without it the producer checks nothing of this field. */
  readonly sent?: z.ZodType;
  /** True for a field that is known but not kept. */
  readonly dropped?: boolean;
}

/** The field of the same name (or `from`). */
export interface FieldColumn {
  readonly name: string;
  readonly from?: string;
}

/** A column made of several fields, which stand as `{field}` in its SQL expression. */
export interface MadeColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly description: string;
  /** How cleaning makes it, as Markdown. */
  readonly cleaning: string;
  readonly sql: string;
}

/** A column of the clean table. */
type Column = FieldColumn | MadeColumn;

/** Above `warn` a measure calls for a person, above `fail` it fails the batch job; without `fail` it fails nothing. */
export interface Limits {
  readonly warn: number;
  readonly fail?: number;
}

/** What arrivals are measured by. */
export interface Quality {
  /** Rejected records against all that arrived in the last day, from 0 to 1. */
  readonly rejectedShare: Limits;
  /** Whole days, of 24 hours, without a record; exceeded six hours later. */
  readonly silentDays: Limits;
}

export interface Dataset {
  /** `orders`: the last part of topic, stream and table names. */
  readonly name: string;
  /** One record, for sentences: "an order". */
  readonly singular: string;
  /** Several records: "orders". */
  readonly plural: string;
  readonly title: string;
  readonly grain: string;
  /** The field, or the fields together, that tell rows apart: records of one key are versions of one row. */
  readonly key: string | readonly string[];
  /** The field whose greatest value is the latest version, such as a time of change; without it, the latest arrival is. */
  readonly latestBy?: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** In the order of the clean table. */
  readonly columns: readonly Column[];
  /** Where it differs from the usual, which warns of 5 % rejected and of a day without a record, and fails nothing. */
  readonly quality?: { readonly [Measure in keyof Quality]?: Partial<Limits> };
}

/** Returns the names of the key's fields, in order. */
export const keyFields = ({ key }: Pick<Dataset, 'key'>): readonly string[] =>
  typeof key === 'string' ? [key] : key;

const keeps = (column: Column, field: string): boolean =>
  !('sql' in column) && (column.from ?? column.name) === field;

/** Returns the name of the clean table's column that holds a field as it is; undefined where no column does. */
export const columnOf = ({ columns }: Pick<Dataset, 'columns'>, field: string): string | undefined =>
  columns.find((column) => keeps(column, field))?.name;

/** Returns the names of the fields without which a record is rejected: those of the key first. */
export const neededFields = (dataset: Dataset): string[] => [
  ...new Set([
    ...keyFields(dataset),
    ...Object.keys(dataset.fields).filter((name) => dataset.fields[name]?.required),
  ]),
];

/** Returns the names of the clean table's columns that hold the key, in the order of the key. */
export const keyColumns = (dataset: Dataset): string[] =>
  keyFields(dataset).flatMap((field) => columnOf(dataset, field) ?? []);

/** Returns the columns whose values, compared in this order, tell which of two rows of a key is the later version. */
export const versionColumns = (dataset: Dataset): string[] => [
  ...(dataset.latestBy === undefined ? [] : [columnOf(dataset, dataset.latestBy) ?? []].flat()),
  '_position',
];
