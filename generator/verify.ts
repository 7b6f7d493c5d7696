/** The notebooks of the job verify. They use the given and expected rows of the tests of rules and queries. */
import path from 'node:path';
import { type Dataset, keyColumns, keyFields } from '../src/datasets/dataset.ts';
import { FileError } from '../src/files/errors.ts';
import { readYaml } from '../src/files/read.ts';
import { cleanTable, topicFolder, topicName } from '../src/names.ts';
import type { Query } from '../src/queries/query.ts';
import { python } from './python.ts';
import { keyCell } from './question/rows.ts';
import { rendered, renderNotebook } from './render.ts';
import { ANY_DATASET, cleanColumns } from './tables.ts';

const ROWS = path.join(import.meta.dirname, '../test/spark');

/** The pipeline's id in the job verify. The names of the run's folders and files contain this id. */
const ID = 'verify';

interface Rule {
  readonly says: string;
  readonly text?: string;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly expect: Readonly<Record<string, unknown>>;
}

interface Arrivals {
  readonly says: string;
  readonly days: readonly (readonly string[])[];
  readonly clean: readonly object[];
  readonly rejected: readonly object[];
}

interface Answer {
  readonly says: string;
  readonly expect: readonly object[];
  readonly [table: `clean_${string}`]: readonly object[];
}

/** Returns the notebooks' paths below notebooks/ and their texts. */
export function verifyNotebooks(datasets: readonly Dataset[], queries: readonly Query[]): [string, string][] {
  const data = {
    folder: topicFolder(topicName(ID, ANY_DATASET)),
    file: topicName(ID, ANY_DATASET),
    id: ID,
  };
  return [
    ['7_verify/expected.py', expected(datasets, queries)],
    ['7_verify/checks.py', rendered('verify_checks.py.hbs', data)],
    ['7_verify/verdict.py', rendered('verify_verdict.py.hbs', data)],
  ];
}

const expected = (datasets: readonly Dataset[], queries: readonly Query[]): string =>
  renderNotebook('verify_expected.py.hbs', 'test/spark', {
    datasets: datasets.map((dataset) => ({
      name: dataset.name,
      rules: rulesOf(dataset).map(python),
      arrivals: rows<Arrivals>(`arrivals/${dataset.name}.yml`).map(({ says, days, clean, rejected }) =>
        python([says, days, clean, rejected]),
      ),
    })),
    queries: queries
      .map(({ name }) => ({ name, cases: rows<Answer>(`queries/${name}.yml`) }))
      .filter(({ cases }) => cases.length > 0)
      .map(({ name, cases }) => ({
        name,
        cases: cases.map(({ says, expect, ...given }) => python([says, typedRows(datasets, given), expect])),
      })),
  });

/** Returns the cases of a dataset's rules. A case has a title, a record (one line of a file) and the expected values. */
function rulesOf(dataset: Dataset): [says: string, record: string, expect: object][] {
  return firstOfEachKey(dataset, rows<Rule>(`rules/${dataset.name}.yml`)).map(
    ({ says, text, given, expect }) => {
      const record = text ?? JSON.stringify(given);
      // A stream can contain an empty record; a file cannot.
      if (record === '') return ['an empty line is not a record', record, { record: null }];
      return [says, record, expect];
    },
  );
}

/** Returns the first case of each key, because all records land together and the clean table keeps only one row per key. */
function firstOfEachKey(dataset: Dataset, rules: readonly Rule[]): Rule[] {
  const byKey = new Map<unknown, Rule>();
  for (const rule of rules) {
    const key = keyFields(dataset).map((field) => rule.given?.[field] ?? undefined);
    const id = key.includes(undefined) ? rule : JSON.stringify(key);
    if (!byKey.has(id)) byKey.set(id, rule);
  }
  return [...byKey.values()];
}

/**
 * Returns rows by clean table. In the tests' rows, a BIGINT that JavaScript would round is text. It becomes a number here.
 * The tests' rows may also omit keys. Keys are added here, because a clean table requires them.
 */
function typedRows(datasets: readonly Dataset[], given: Readonly<Record<string, readonly object[]>>): object {
  const typed = new Map(datasets.map((dataset) => [cleanTable(dataset.name), rowTyper(dataset)]));
  return Object.fromEntries(
    Object.entries(given).map(([table, lines]) => [table, lines.map(typed.get(table) ?? ((row) => row))]),
  );
}

function rowTyper(dataset: Dataset): (row: object, at: number) => object {
  const columns = cleanColumns(dataset);
  const keys = columns.filter(({ name }) => keyColumns(dataset).includes(name));
  const counts = columns.filter(({ type }) => type === 'BIGINT').map(({ name }) => name);
  const exact = ([name, value]: [string, unknown]) => [
    name,
    typeof value === 'string' && counts.includes(name) ? BigInt(value) : value,
  ];
  return (row, at) => {
    const key = Object.fromEntries(keys.map((column) => [column.name, keyCell(column, at)]));
    return Object.fromEntries(Object.entries({ ...key, ...row }).map(exact));
  };
}

/** Returns the rows of a file, or none if the file does not exist. */
function rows<Row>(file: string): Row[] {
  try {
    return readYaml(path.join(ROWS, file)) as Row[];
  } catch (error) {
    if (error instanceof FileError && error.reason === 'ENOENT') return [];
    throw error;
  }
}
