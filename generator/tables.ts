/** The three tables of a dataset, as data: 0_tables creates them, and the Markdown of other notebooks describes them. */

import {
  type Dataset,
  type Field,
  type FieldColumn,
  keyColumns,
  type MadeColumn,
  type SqlType,
} from '../src/datasets/dataset.ts';
import { identifier } from '../src/datasets/sql.ts';
import { capital } from '../src/format.ts';
import { cleanTable, rawTable, rejectedTable } from '../src/names.ts';
import { code } from './text.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly description: string;
}

export interface Table {
  readonly name: string;
  readonly about: string;
  /** The clustering columns, as SQL. */
  readonly clusterBy: string;
  readonly columns: readonly TableColumn[];
}

/** A column of the clean table with all facts of its field filled in. */
export interface CleanColumn extends TableColumn {
  readonly type: SqlType;
  /** The field or fields that the column is made from, as Markdown. */
  readonly from: string;
  /** What cleaning does to the values, as Markdown. */
  readonly cleaning: string;
  /** SQL for the value. It can use the texts in the cleaning query's step `present` and the converted values in `_value`. */
  readonly sql: string;
}

/** A `{field}` in a made column's SQL. */
export const FIELD = /\{([A-Za-z_]\w*)\}/g;

/** Returns SQL for a column of a SELECT, for example `title` or `_value.index AS ind`. */
export const selected = (sql: string, name: string): string =>
  sql === identifier(name) ? sql : `${sql} AS ${identifier(name)}`;

/** Delta's limit of clustering columns per table. */
const MAX_CLUSTERING_COLUMNS = 4;

/**
 * Returns SQL for a field's value: its text if the rule accepts any text, otherwise the converted value in the struct
 * `_value`.
 */
const fieldSql = (dataset: Dataset, name: string): string =>
  dataset.fields[name]?.rule.canFail ? `_value.${identifier(name)}` : identifier(name);

/** Returns the columns in the order of the table. */
export function cleanColumns(dataset: Dataset): CleanColumn[] {
  return dataset.columns.map((column) =>
    'sql' in column ? madeColumn(dataset, column) : fieldColumn(dataset, column),
  );
}

function madeColumn(dataset: Dataset, column: MadeColumn): CleanColumn {
  const used = [...new Set([...column.sql.matchAll(FIELD)].map((match) => match[1] as string))];
  const rules = used
    .filter((name) => dataset.fields[name]?.rule.canFail)
    .map((name) => `${code(name)} must be ${dataset.fields[name]?.rule.description}`);
  return {
    name: column.name,
    type: column.type,
    description: column.description,
    from: used.map(code).join(', '),
    cleaning: [column.cleaning, ...rules].join('; '),
    sql: column.sql.replaceAll(FIELD, (_, name: string) => fieldSql(dataset, name)),
  };
}

function fieldColumn(dataset: Dataset, column: FieldColumn): CleanColumn {
  const name = column.from ?? column.name;
  const field = dataset.fields[name] as Field;
  const placeholders = (field.placeholders ?? []).map(code).join(', ');
  return {
    name: column.name,
    type: field.rule.type,
    description: field.description,
    from: code(name),
    cleaning: placeholders ? `${field.rule.description}; NULL for ${placeholders}` : field.rule.description,
    sql: fieldSql(dataset, name),
  };
}

const arrival = (what: string): TableColumn[] => [
  { name: '_arrived', type: 'TIMESTAMP', description: `When ${what} arrived, according to the source` },
  {
    name: '_position',
    type: 'STRING',
    description: `Where ${what} arrived; sorts as text in order of arrival`,
  },
];

export const rawColumns: readonly TableColumn[] = [
  { name: 'record', type: 'STRING', description: 'The record as it arrived' },
  {
    name: 'arrived',
    type: 'TIMESTAMP',
    description:
      "When the record arrived, according to the source: the file's modification time or the arrival in the stream",
  },
  {
    name: 'position',
    type: 'STRING',
    description:
      'Where the record arrived; sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard',
  },
];

/** Stands for a dataset's name in notebooks that serve all datasets. The notebooks' f-strings insert the name. */
export const ANY_DATASET = '{dataset}';

/** Returns a dataset's raw table, whose columns are the same for all datasets. */
export const rawTableOf = (dataset: string): Table => ({
  name: rawTable(dataset),
  about: `Every ${dataset} record as it arrived. Rows are appended, and deleted by maintenance after their retention.`,
  clusterBy: 'arrived',
  columns: rawColumns,
});

/** Returns a dataset's rejected table, whose columns are the same for all datasets. */
export const rejectedTableOf = (dataset: string): Table => ({
  name: rejectedTable(dataset),
  about: `Records that are not in ${cleanTable(dataset)}, or are there without some of their values: one row per record, with the reasons.`,
  clusterBy: 'id',
  columns: [
    { name: 'id', type: 'STRING NOT NULL', description: 'Hash of dataset, record and reasons' },
    { name: 'record', type: 'STRING', description: 'The record as it arrived' },
    {
      name: 'reasons',
      type: 'ARRAY<STRING>',
      description: 'What is wrong with the record, one sentence per reason',
    },
    {
      name: 'kept',
      type: 'BOOLEAN',
      description:
        'True if only the values named in reasons were omitted, false if the whole record was omitted',
    },
    ...arrival('the record first'),
  ],
});

export const cleanTableOf = (dataset: Dataset): Table => ({
  name: cleanTable(dataset.name),
  about: `${dataset.title}. ${capital(dataset.grain)}.`,
  clusterBy: keyColumns(dataset).slice(0, MAX_CLUSTERING_COLUMNS).map(identifier).join(', '),
  columns: [
    ...cleanColumns(dataset).map(({ name, type, description }) => ({
      name,
      type: keyColumns(dataset).includes(name) ? `${type} NOT NULL` : type,
      description,
    })),
    ...arrival('this version of the record'),
  ],
});
