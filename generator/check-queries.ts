/** Checks the questions, and which datasets the project names, before anything is rendered. */
import type { Dataset } from '../src/datasets/dataset.ts';
import { AppError } from '../src/errors.ts';
import { cleanTable } from '../src/names.ts';
import type { Query } from '../src/queries/query.ts';
import { COLUMN_NAMES, isRefusedColumn, plain, twins } from './check.ts';
import { chartName } from './dashboard/queries.ts';
import { PROJECT_FILE, QUERIES_INDEX, queryFile } from './facts.ts';

const NAME = /^[a-z][a-z0-9_]{0,99}$/;

/** Names that an answer can't have: those of other tables and tasks, of the dashboard's parts, and the keywords of `npm run query`. */
const TAKEN = /^((raw|clean|rejected|rebuild)_|(health|quality|reasons|report|title)$)/;

/** Returns whether an answer's table, task and file can have this name. */
export const isAnswerName = (name: string): boolean => NAME.test(name) && !TAKEN.test(name);

export const ANSWER_NAMES =
  "An answer's name has 1 to 100 lower-case letters, digits and _, begins with a letter but not with raw_, clean_, rejected_ or rebuild_, and is not health, quality, reasons, report or title";

/**
 * Checks the questions. `posts` has the names of the datasets that make up a post.
 * @throws AppError that lists all problems: each names a file, what is wrong there and what to write instead
 */
export function checkQueries(
  datasets: readonly Dataset[],
  queries: readonly Query[],
  posts: readonly string[] = [],
): void {
  const names = datasets.map(({ name }) => name);
  const problems = [
    ...nameProblems(queries.map(({ name }) => name)),
    ...chartProblems(queries),
    ...queries.flatMap((query) => [
      ...readProblems(query, names, queries),
      ...columnProblems(queryFile(query.name), query.columns),
    ]),
    ...posts
      .filter((name) => !names.includes(name))
      .map((name) => `${PROJECT_FILE} lists ${name} in POST_DATASETS, but ${missing(name, names)}`),
  ];
  if (problems.length > 0) throw new AppError('QUERY', `${problems.join('; ')}.`);
}

/** Yields the problems of names with which an answer would replace another table, because its notebook creates its table anew. */
function* nameProblems(names: readonly string[]): Generator<string> {
  for (const [at, name] of names.entries()) {
    if (!isAnswerName(name))
      yield `${queryFile(name)} can't have this name. ${ANSWER_NAMES}: rename the file, its line in ${QUERIES_INDEX} and its test rows, for example to answer_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}`;
    if (names.indexOf(name) < at) yield `${QUERIES_INDEX} names ${name} more than once: remove a line`;
  }
}

/** Yields the answers whose name the dashboard gives to another answer's chart. */
function* chartProblems(queries: readonly Query[]): Generator<string> {
  for (const { name, chart } of queries)
    if (chart && queries.some((other) => other.name === chartName(name)))
      yield `${queryFile(chartName(name))} has the name of the chart of ${name} in the dashboard: rename the file, its line in ${QUERIES_INDEX} and its test rows`;
}

function* readProblems(
  { name, reads, tables }: Query,
  datasets: readonly string[],
  queries: readonly Query[],
): Generator<string> {
  const file = queryFile(name);
  for (const read of reads)
    if (!datasets.includes(read))
      yield `${file} reads ${cleanTable(read)}, but ${missing(read, datasets)}, or remove the question`;
  for (const other of queries)
    if (tables.includes(other.name))
      yield `${file} reads the answer ${other.name}, which may be computed later: compute it here, in WITH ${other.name} AS (…)`;
}

const missing = (name: string, datasets: readonly string[]): string =>
  `there is no dataset ${name}: name one of ${datasets.join(', ')}`;

/** Yields the problems of an answer's columns. */
function* columnProblems(file: string, columns: readonly string[]): Generator<string> {
  if (columns.length === 0)
    yield `${file} has a column whose name the generator can't read: write AS before each name, and list the columns instead of *`;
  for (const column of columns)
    if (isRefusedColumn(column))
      yield `${file} has the column ${JSON.stringify(column)}, but ${COLUMN_NAMES}: write AS ${plain(column)}`;
  for (const problem of twins('columns', columns, 'give one of them another name'))
    yield `${file}: ${problem}`;
}
