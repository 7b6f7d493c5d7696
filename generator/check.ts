/** Checks a dataset against the limits of Spark and Delta before anything is rendered. Each error is one sentence with a remedy. */

import { columnOf, type Dataset, keyFields, type SqlType } from '../src/datasets/dataset.ts';
import { AppError } from '../src/errors.ts';
import { datasetFile } from './facts.ts';
import { FIELD } from './tables.ts';

/** A valid dataset name. Names of topics, streams, tables, notebooks and tasks end with it. */
const NAME = /^[a-z][a-z0-9_]{0,59}$/;

/** Line ends, control characters, and `$`, which refers to a widget in a notebook's SQL. Backticks quote all other characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are rejected
const REFUSED_IN_FIELD = /[$\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Characters that a column's name can't contain. Delta rejects ` ,;{}()=` in tables without column mapping. Delta's MERGE
 * does not treat `.` and a backtick as ordinary characters of a name.
 */
const REFUSED_IN_COLUMN = /[ ,;{}()=.`]/;

/** Returns whether no Delta table can have a column of this name. */
export const isRefusedColumn = (name: string): boolean =>
  REFUSED_IN_COLUMN.test(name) || REFUSED_IN_FIELD.test(name) || name === '';

export const COLUMN_NAMES = "a column's name can't contain a blank, a backtick or any of , ; { } ( ) = . $";

/** Columns that the cleaning query has in addition to the fields. */
export const TAKEN_FIELDS = [
  '_record',
  '_arrived',
  '_position',
  '_problem',
  '_value',
  '_rejected_because',
  '_invalid_values',
  '_broken',
];

/** Columns that the notebooks `3_clean` add to those of the clean table while they write it. */
export const TAKEN_COLUMNS = ['_arrived', '_position', 'record', 'reasons', 'kept', 'nth'];

/** Delta can cluster only by columns with statistics: the first columns of a table. */
const COLUMNS_WITH_STATISTICS = 32;

const KEY_TYPES: readonly SqlType[] = ['INT', 'BIGINT', 'STRING', 'DATE', 'TIMESTAMP'];

/** @throws AppError that names the file of the dataset, what is wrong there and what to write instead */
export function checkDataset(dataset: Dataset): void {
  const [problem] = problems(dataset);
  if (problem !== undefined) throw new AppError('DATASET', `${datasetFile(dataset.name)}: ${problem}.`);
}

function* problems(dataset: Dataset): Generator<string> {
  const { name, fields, columns } = dataset;
  if (!NAME.test(name))
    yield `the name ${JSON.stringify(name)} can't be the name of a table and a topic: expected 1 to 60 lower-case letters, digits and _, beginning with a letter`;
  const fieldNames = Object.keys(fields);
  const columnNames = columns.map(({ name }) => name);
  yield* twins('fields', fieldNames, 'keep one of them, because Spark ignores case');
  yield* twins('columns', columnNames, 'give one of them another name');
  for (const field of fieldNames) {
    if (REFUSED_IN_FIELD.test(field) || field === '')
      yield `the field ${JSON.stringify(field)} can't be read: a field's name can't contain $ or a line break; remove the field`;
    if (TAKEN_FIELDS.includes(field.toLowerCase()))
      yield `the field ${field} can't be read: the cleaning notebook has a column of this name; remove the field`;
  }
  for (const column of columnNames) {
    if (isRefusedColumn(column))
      yield `the column ${JSON.stringify(column)} can't be in a Delta table: ${COLUMN_NAMES}; write { name: ${JSON.stringify(plain(column))}, from: ${JSON.stringify(column)} }`;
    if (TAKEN_COLUMNS.includes(column.toLowerCase()))
      yield `the column ${column} can't be in the clean table: the pipeline has a column of this name; write { name: '${plain(column)}_of_${name}', from: '${column}' }`;
  }
  const undecided = fieldNames.find((field) => fields[field]?.required && fields[field]?.dropped);
  if (undecided !== undefined)
    yield `the field ${undecided} is both required and dropped: remove one of the two`;
  yield* columnProblems(dataset);
  yield* keyProblems(dataset);
  yield* qualityProblems(dataset);
}

/** Yields a problem for names that are equal or differ only in case. */
export function* twins(kind: string, names: readonly string[], remedy: string): Generator<string> {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) yield `the ${kind} ${other} and ${name} have the same name in Spark: ${remedy}`;
    seen.set(name.toLowerCase(), name);
  }
}

/** Returns a similar name that a column can have. */
export const plain = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '') || 'column';

function* columnProblems({ fields, columns }: Dataset): Generator<string> {
  const kept = Object.keys(fields).filter((field) => !fields[field]?.dropped);
  for (const column of columns) {
    const absent =
      'sql' in column && (['type', 'description', 'cleaning'] as const).find((fact) => !column[fact]);
    if (absent)
      yield `the column ${column.name} is computed by SQL, but has no ${absent}: add ${absent}: '${absent === 'type' ? 'STRING' : '…'}'`;
    const used =
      'sql' in column
        ? [...column.sql.matchAll(FIELD)].map(([, field]) => field as string)
        : [column.from ?? column.name];
    const missing = used.find((field) => !kept.includes(field));
    if (missing !== undefined)
      yield `the column ${column.name} is made from field ${missing}, which ${missing in fields ? 'is dropped' : 'the dataset does not have'}: name one of ${kept.join(', ')}`;
  }
}

function* qualityProblems({
  quality: { rejectedShare = {}, silentDays = {} } = {},
}: Dataset): Generator<string> {
  for (const [severity, share] of Object.entries(rejectedShare))
    if (!(share >= 0 && share <= 1))
      yield `quality.rejectedShare.${severity} is ${share}: expected a share from 0 to 1, such as 0.05 for 5 %`;
  for (const [severity, days] of Object.entries(silentDays))
    if (!Number.isSafeInteger(days) || days < 1)
      yield `quality.silentDays.${severity} is ${days}: expected a whole number of days, 1 or more`;
}

function* keyProblems(dataset: Dataset): Generator<string> {
  const { fields, columns, latestBy } = dataset;
  if (keyFields(dataset).length === 0)
    yield 'the key names no field: name one field, or several that together identify a row';
  for (const field of keyFields(dataset)) {
    const rule = fields[field]?.rule;
    if (!rule)
      yield `the key field ${field} is not one of the dataset's fields: name one of ${Object.keys(fields).join(', ')}`;
    else if (!KEY_TYPES.includes(rule.type))
      yield `the key field ${field} is a ${rule.type}: expected a rule that gives ${KEY_TYPES.join(', ')}`;
    const column = columnOf(dataset, field);
    if (column === undefined)
      yield `no column contains the key field ${field}: add { name: '${field}' } to the columns`;
    if (columns.findIndex(({ name }) => name === column) >= COLUMNS_WITH_STATISTICS)
      yield `the key's column ${column} is not among the first ${COLUMNS_WITH_STATISTICS} columns, for which Delta collects statistics: move it up`;
  }
  if (latestBy === undefined) return;
  if (!fields[latestBy])
    yield `latestBy names ${latestBy}, which is not one of the dataset's fields: name one of ${Object.keys(fields).join(', ')}`;
  else if (columnOf(dataset, latestBy) === undefined)
    yield `no column contains the field ${latestBy}, which latestBy names: add { name: '${latestBy}' } to the columns`;
  else if (fields[latestBy].rule.type.startsWith('ARRAY'))
    yield `latestBy names ${latestBy}, which is an array: name a field that can be compared, such as a time`;
}
