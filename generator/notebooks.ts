/** Facts in, notebooks out: one function per kind of notebook, each with its template of the same name. */

import { orderBy } from '../src/databricks/answers.ts';
import type { Dataset } from '../src/datasets/dataset.ts';
import { literal, trimmed } from '../src/datasets/rules.ts';
import { bucketName, mountPoint, streamName, topicFolder, topicName } from '../src/names.ts';
import type { Query } from '../src/queries/index.ts';
import { DEFAULT_ID } from '../src/settings.ts';
import { renderNotebook } from './render.ts';
import { cleanColumns, rawColumns, type Table, tables } from './tables.ts';

/** How many files a batch reads at most: each is read whole, so that this bounds the memory of a first run. */
const MAX_FILES_PER_BATCH = 1000;

/** A sequence number has up to 129 digits (SequenceNumber's pattern in the Kinesis API reference). */
const SEQUENCE_DIGITS = 129;

const LIST_WIDTH = 90;

/** All notebooks, path from the repository's root to text. */
export function notebooks(datasets: readonly Dataset[], queries: readonly Query[]): Map<string, string> {
  const files = new Map<string, string>();
  files.set('notebooks/1_mount/s3.py', mount());
  for (const dataset of datasets) {
    files.set(`notebooks/0_tables/${dataset.name}.py`, tablesOf(dataset));
    files.set(`notebooks/2_raw/from_s3/${dataset.name}.py`, rawFromS3(dataset));
    files.set(`notebooks/2_raw/from_kinesis/${dataset.name}.py`, rawFromKinesis(dataset));
    files.set(`notebooks/3_clean/${dataset.name}.py`, clean(dataset));
    files.set(`notebooks/5_rebuild/${dataset.name}.py`, overTables('rebuild.py.hbs', dataset));
    files.set(`notebooks/6_maintenance/${dataset.name}.py`, overTables('maintenance.py.hbs', dataset));
  }
  for (const query of queries) files.set(`notebooks/4_answers/${query.name}.sql`, answer(query));
  return files;
}

const mount = (): string =>
  renderNotebook('mount.py.hbs', 'generator/templates/mount.py.hbs', {
    bucket: bucketName(DEFAULT_ID),
    mountPoint: mountPoint(DEFAULT_ID),
  });

const factsOf = (dataset: Dataset): string => `src/datasets/${dataset.name}.ts`;

function tablesOf(dataset: Dataset): string {
  const made = tables(dataset);
  const all = [made.raw, made.clean, made.rejected];
  for (const table of all) refuseQuotes(table);
  return renderNotebook('tables.py.hbs', factsOf(dataset), { ...dataset, ...made, tables: all });
}

/** Comments stand between single quotes in SQL that stands between double quotes in Python. */
function refuseQuotes(table: Table): void {
  for (const text of [table.about, ...table.columns.map((column) => column.says)]) {
    if (/['"\\{}]/.test(text))
      throw new Error(`${table.name}: a comment can't hold quotes, backslashes or braces: ${text}`);
  }
}

function rawFromS3(dataset: Dataset): string {
  return renderNotebook('raw_from_s3.py.hbs', factsOf(dataset), {
    ...dataset,
    id: DEFAULT_ID,
    topic: topicName('<pipeline_id>', dataset.name),
    folder: topicFolder(topicName('{pipeline_id}', dataset.name)),
    raw: tables(dataset).raw.name,
    columns: rawColumns,
    maxFiles: MAX_FILES_PER_BATCH,
  });
}

function rawFromKinesis(dataset: Dataset): string {
  return renderNotebook('raw_from_kinesis.py.hbs', factsOf(dataset), {
    ...dataset,
    id: DEFAULT_ID,
    stream: streamName('<pipeline_id>', dataset.name),
    streamOf: streamName('{pipeline_id}', dataset.name),
    raw: tables(dataset).raw.name,
    columns: rawColumns,
    sequenceDigits: SEQUENCE_DIGITS,
  });
}

function clean(dataset: Dataset): string {
  const made = tables(dataset);
  const fields = Object.entries(dataset.fields).map(([name, field]) => ({ name, ...field }));
  const kept = fields.filter((field) => !field.dropped);
  const typed = kept.filter((field) => field.rule.canFail);
  const own = fields.map((field) => field.name).filter((name) => name !== dataset.key);
  const columns = cleanColumns(dataset);
  return renderNotebook('clean.py.hbs', factsOf(dataset), {
    ...dataset,
    raw: made.raw.name,
    clean: made.clean.name,
    rejected: made.rejected.name,
    fields: kept.map(({ name, placeholders = [] }) => ({
      name,
      trimmed: trimmed(`field.${name}`),
      present: placeholders.length
        ? `CASE WHEN ${name} NOT IN ('', ${placeholders.map(literal).join(', ')}) THEN ${name} END`
        : `nullif(${name}, '')`,
    })),
    typed: typed.map(({ name, rule }) => ({ name, sql: rule.sql(name) })),
    checked: typed
      .filter(({ name }) => name !== dataset.key)
      .map(({ name, rule }) => ({ name, says: rule.says })),
    ownFields: folded(own.map(literal)),
    keySays: dataset.fields[dataset.key]?.rule.says,
    columns: columns.map((column) => ({ ...column, selected: selected(column) })),
    columnNames: folded([...columns.map((column) => column.name), '_arrived', '_position']),
  });
}

/** Names separated by commas, in lines of a readable length. */
function folded(names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length < LIST_WIDTH)
      lines[lines.length - 1] = `${last}, ${name}`;
    else lines.push(name);
  }
  return lines.join(',\n');
}

/** A column of the last SELECT: `title`, or `value.index AS ind`. */
const selected = ({ name, sql }: { name: string; sql: string }): string =>
  sql === name ? name : `${sql} AS ${name}`;

function answer(query: Query): string {
  return renderNotebook('answer.sql.hbs', `src/queries/${query.name}.sql`, {
    ...query,
    comment: `${query.question} ${query.notes}`.trim().replaceAll("'", "\\'"),
    order: orderBy(query.columns),
  });
}

/** A notebook that only needs to know what the tables are called. */
function overTables(template: string, dataset: Dataset): string {
  const made = tables(dataset);
  return renderNotebook(template, factsOf(dataset), {
    ...dataset,
    raw: made.raw.name,
    clean: made.clean.name,
    rejected: made.rejected.name,
  });
}
