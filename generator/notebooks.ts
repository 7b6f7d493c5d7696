/** Renders the notebooks from the facts: one template per kind of notebook. */

import { orderBy } from '../src/databricks/answers.ts';
import { canFail, limitsSql } from '../src/databricks/quality.ts';
import {
  type Dataset,
  type Field,
  keyColumns,
  keyFields,
  neededFields,
  type Rule,
  versionColumns,
} from '../src/datasets/dataset.ts';
import { BLANKS, identifier, literal } from '../src/datasets/sql.ts';
import { AppError } from '../src/errors.ts';
import {
  bucketName,
  cleanTable,
  mountPoint,
  rawTable,
  rejectedTable,
  STREAM_SCHEMA,
  streamName,
  topicFolder,
  topicName,
} from '../src/names.ts';
import type { Query } from '../src/queries/query.ts';
import { DEFAULT_ID } from '../src/settings.ts';
import { checkDataset } from './check.ts';
import { datasetFile, queryFile } from './facts.ts';
import { python } from './python.ts';
import { rendered, renderNotebook } from './render.ts';
import {
  ANY_DATASET,
  cleanColumns,
  cleanTableOf,
  rawColumns,
  rawTableOf,
  rejectedTableOf,
  selected,
} from './tables.ts';
import { code } from './text.ts';
import { verifyNotebooks } from './verify.ts';

/** Maximum number of files per batch. Spark loads whole files into memory, so the maximum limits the memory of a first run. */
const MAX_FILES_PER_BATCH = 1000;

/** A sequence number has up to 129 digits (SequenceNumber's pattern in the Kinesis API reference). */
const SEQUENCE_DIGITS = 129;

/** Days for which a table keeps unused files. This is Delta's default, set explicitly because maintenance relies on it. */
const RETENTION_DAYS = 7;

/** `2_raw` adds a line for each damaged file. The line begins with this text, with which no JSON can begin. */
const DAMAGED = 'damaged gzip file ';

/** Returns the texts of all notebooks by path, relative to the repository's root. */
export function notebooks(datasets: readonly Dataset[], queries: readonly Query[]): Map<string, string> {
  for (const dataset of datasets) checkDataset(dataset);
  const named = {
    names: datasets.map(({ name }) => python(name)).join(', '),
    words: datasets.map(({ name }) => name).join(', '),
  };
  const files = new Map([
    ['0_tables/make.py', make()],
    ['0_tables/all.py', rendered('all_tables.py.hbs', { datasets })],
    ['1_mount/s3.py', mount()],
    ['2_raw/from_s3.py', fromS3()],
    ['2_raw/from_kinesis.py', fromKinesis()],
    ['2_raw/arrivals.py', rendered('arrivals.py.hbs', { columns: rawColumns, streamSchema: STREAM_SCHEMA })],
    ['3_clean/records.py', rendered('clean_records.py.hbs', { blanks: BLANKS, damaged: DAMAGED })],
    ['3_clean/write.py', rendered('clean_write.py.hbs', { readableDays: RETENTION_DAYS - 1 })],
    ['5_rebuild.py', rendered('rebuild.py.hbs', named)],
    [
      '6_maintenance/tables.py',
      rendered('maintain_tables.py.hbs', { ...named, retentionDays: RETENTION_DAYS }),
    ],
    ['6_maintenance/answers.py', rendered('maintain_answers.py.hbs', { queries })],
    ...verifyNotebooks(datasets, queries),
  ]);
  for (const dataset of datasets) {
    refuseName(dataset, files);
    files.set(`0_tables/${dataset.name}.py`, tablesOf(dataset));
    files.set(`3_clean/${dataset.name}.py`, clean(dataset));
  }
  for (const query of queries) files.set(`4_answers/${query.name}.sql`, answer(query));
  return new Map([...files].map(([file, text]) => [`notebooks/${file}`, text]));
}

function refuseName({ name }: Dataset, files: ReadonlyMap<string, string>): void {
  const taken = [`0_tables/${name}.py`, `3_clean/${name}.py`].find((file) => files.has(file));
  if (taken !== undefined)
    throw new AppError(
      'DATASET',
      `A dataset cannot be called ${name}: notebooks/${taken} is a notebook for all datasets. Give the dataset another name.`,
    );
}

const mount = (): string =>
  rendered('mount.py.hbs', { bucket: bucketName(DEFAULT_ID), mountPoint: mountPoint(DEFAULT_ID) });

function make(): string {
  const [raw, rejected] = [rawTableOf(ANY_DATASET), rejectedTableOf(ANY_DATASET)];
  return renderNotebook('make_tables.py.hbs', 'generator/tables.ts', {
    raw: { ...raw, title: rawTable('<dataset>') },
    clean: { title: cleanTable('<dataset>') },
    rejected: { ...rejected, title: rejectedTable('<dataset>') },
    retentionDays: RETENTION_DAYS,
  });
}

function tablesOf(dataset: Dataset): string {
  const table = cleanTableOf(dataset);
  return renderNotebook('tables.py.hbs', datasetFile(dataset.name), { ...dataset, clean: table });
}

const fromS3 = (): string =>
  rendered('from_s3.py.hbs', {
    id: DEFAULT_ID,
    topic: topicName('<pipeline_id>', '<dataset>'),
    folder: topicFolder(topicName('{pipeline_id}', ANY_DATASET)),
    damaged: DAMAGED,
    maxFiles: MAX_FILES_PER_BATCH,
  });

const fromKinesis = (): string =>
  rendered('from_kinesis.py.hbs', {
    id: DEFAULT_ID,
    stream: streamName('<pipeline_id>', '<dataset>'),
    streamOf: streamName('{pipeline_id}', ANY_DATASET),
    sequenceDigits: SEQUENCE_DIGITS,
  });

function clean(dataset: Dataset): string {
  const fields = Object.entries(dataset.fields).map(([name, field]) => ({ name, ...field }));
  const kept = fields.filter((field) => !field.dropped);
  const typed = kept.filter((field) => field.rule.canFail);
  const needed = neededFields(dataset);
  return renderNotebook('clean.py.hbs', datasetFile(dataset.name), {
    ...dataset,
    facts: datasetFile(dataset.name),
    limits: canFail(dataset) && limitsSql([dataset]),
    raw: rawTable(dataset.name),
    clean: cleanTable(dataset.name),
    rejected: rejectedTable(dataset.name),
    fields,
    keyFields: keyFields(dataset).map(python).join(', '),
    key: keyColumns(dataset).map(python).join(', '),
    version: versionColumns(dataset).map(python).join(', '),
    keyWords: keyFields(dataset).map(code).join(' and '),
    latest: latestWords(dataset),
    kept: kept.map(({ name, placeholders = [] }) => ({ present: present(name, placeholders) })),
    typed: typed.map(({ name, rule }) => ({ sql: `${rule.sql(identifier(name))} AS ${identifier(name)}` })),
    usable: needed.map(code).join(', '),
    rejections: needed.flatMap((name) => rejections(name, dataset.fields[name] as Field)),
    checked: typed.filter(({ name }) => !needed.includes(name)).map(({ name, rule }) => invalid(name, rule)),
    columns: cleanColumns(dataset).map((column) => ({
      ...column,
      shown: code(`${column.name} ${column.type}`),
      selected: selected(column.sql, column.name),
    })),
  });
}

/** Returns Markdown that describes which record is the latest version of a row. */
const latestWords = ({ latestBy }: Dataset): string =>
  latestBy === undefined
    ? 'the record that arrived last'
    : `the record with the greatest ${code(latestBy)} (if equal, the record that arrived last)`;

interface Judged {
  readonly when: string;
  readonly reason: string;
}

function rejections(name: string, { rule }: Field): Judged[] {
  const missing = { when: `${identifier(name)} IS NULL`, reason: literal(`${name} is missing`) };
  if (!rule.canFail) return [missing];
  const { reason } = invalid(name, rule);
  return [missing, { when: `_value.${identifier(name)} IS NULL`, reason }];
}

const invalid = (name: string, rule: Rule): Judged => ({
  when: `${identifier(name)} IS NOT NULL AND _value.${identifier(name)} IS NULL`,
  reason: literal(`${name} is not ${rule.description}`),
});

/** Returns SQL for a field's text. If the text is one of the placeholders, the SQL returns NULL. */
function present(name: string, placeholders: readonly string[]): string {
  const column = identifier(name);
  const field = `field.${column}`;
  const [first, ...more] = placeholders.map(literal);
  if (first === undefined) return field;
  if (more.length === 0) return `nullif(${field}, ${first}) AS ${column}`;
  return `CASE WHEN ${field} NOT IN (${[first, ...more].join(', ')}) THEN ${field} END AS ${column}`;
}

function answer(query: Query): string {
  return renderNotebook('answer.sql.hbs', queryFile(query.name), {
    ...query,
    comment: literal(`${query.question} ${query.notes}`.trim()),
    order: orderBy(query.columns),
  });
}
