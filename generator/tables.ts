/** The three tables of a dataset, as data: what 0_tables makes and the markdown of other notebooks tells. */
import { type Column, type Dataset, KEY_COLUMN, type SqlType } from '../src/datasets/dataset.ts';
import { AppError } from '../src/errors.ts';
import { cleanTable, rawTable, rejectedTable } from '../src/names.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly says: string;
}

export interface Table {
  readonly name: string;
  readonly about: string;
  readonly clusterBy: string;
  readonly columns: readonly TableColumn[];
}

/** A column of the clean table with all that its field says filled in. */
export interface CleanColumn extends TableColumn {
  readonly type: SqlType;
  /** The field or fields it is made from, as markdown. */
  readonly from: string;
  readonly cleaning: string;
  /** SQL over the `present` texts and the `value` struct of the cleaning query. */
  readonly sql: string;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** SQL for a field's value: its text where any text will do, else what `typed` made of it. */
const fieldSql = (dataset: Dataset, name: string): string =>
  dataset.fields[name]?.rule.canFail ? `value.${name}` : name;

/** In the order of the table. */
export function cleanColumns(dataset: Dataset): CleanColumn[] {
  return dataset.columns.map((column) =>
    'sql' in column ? madeColumn(dataset, column) : fieldColumn(dataset, column),
  );
}

function madeColumn(dataset: Dataset, column: Extract<Column, { sql: string }>): CleanColumn {
  const used = [...new Set([...column.sql.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string))];
  const rules = used
    .filter((name) => dataset.fields[name]?.rule.canFail)
    .map((name) => `\`${name}\` must be ${dataset.fields[name]?.rule.says}`);
  return {
    name: column.name,
    type: column.type,
    says: column.says,
    from: used.map((name) => `\`${name}\``).join(', '),
    cleaning: [column.cleaning, ...rules].join('; '),
    sql: column.sql.replaceAll(/\{(\w+)\}/g, (_, name: string) => fieldSql(dataset, name)),
  };
}

function fieldColumn(dataset: Dataset, column: Exclude<Column, { sql: string }>): CleanColumn {
  const name = column.from ?? column.name;
  const field = dataset.fields[name];
  if (!field)
    throw new AppError(
      'DATASET',
      `src/datasets/${dataset.name}.ts: the column ${column.name} is made from field ${name}, which the dataset does not have. Name one of ${Object.keys(dataset.fields).join(', ')}.`,
    );
  const placeholders = (field.placeholders ?? []).map((text) => `\`${text}\``).join(', ');
  return {
    name: column.name,
    type: field.rule.type,
    says: field.says,
    from: `\`${name}\``,
    cleaning: placeholders ? `${field.rule.says}; NULL for ${placeholders}` : field.rule.says,
    sql: fieldSql(dataset, name),
  };
}

const arrival = (what: string): TableColumn[] => [
  { name: '_arrived', type: 'TIMESTAMP', says: `When ${what} came in, as the source says it` },
  { name: '_position', type: 'STRING', says: `Where ${what} came in; sorts as text in order of arrival` },
];

export const rawColumns: readonly TableColumn[] = [
  { name: 'record', type: 'STRING', says: 'The record as it arrived' },
  {
    name: 'arrived',
    type: 'TIMESTAMP',
    says: 'When it arrived, as the source says it: file modification or stream arrival',
  },
  {
    name: 'position',
    type: 'STRING',
    says: 'Sorts as text in order of arrival. Files: time, path, line. Kinesis: sequence number, shard',
  },
];

/** A dataset's name as the notebooks write it that are for any dataset: a Python f-string fills it in. */
export const ANY_DATASET = '{dataset}';

/** Of any dataset: the same columns for all. */
export const rawTableOf = (dataset: string): Table => ({
  name: rawTable(dataset),
  about: `Every ${dataset} record as it arrived. Append-only.`,
  clusterBy: 'arrived',
  columns: rawColumns,
});

/** Of any dataset: the same columns for all. */
export const rejectedTableOf = (dataset: string): Table => ({
  name: rejectedTable(dataset),
  about: `The records that are not, or not wholly, in ${cleanTable(dataset)}, one row each with the reasons.`,
  clusterBy: 'id',
  columns: [
    { name: 'id', type: 'STRING NOT NULL', says: 'Hash of dataset, record and reasons' },
    { name: 'record', type: 'STRING', says: 'The record as it arrived' },
    { name: 'reasons', type: 'ARRAY<STRING>', says: 'What is wrong with it, a sentence each' },
    {
      name: 'kept',
      type: 'BOOLEAN',
      says: 'True where only the values named in reasons were left out, false where the whole record was',
    },
    ...arrival('the record first'),
  ],
});

export const cleanTableOf = (dataset: Dataset): Table => ({
  name: cleanTable(dataset.name),
  about: `${dataset.title}. ${capital(dataset.grain)}.`,
  clusterBy: KEY_COLUMN,
  columns: [
    ...cleanColumns(dataset).map(({ name, type, says }) => ({
      name,
      type: name === KEY_COLUMN ? `${type} NOT NULL` : type,
      says,
    })),
    ...arrival('this version of the record'),
  ],
});
