/** Checks the questions before anything is rendered. Each error names a file, what is wrong there and what to write instead. */
import { AppError } from '../src/errors.ts';
import type { Query } from '../src/queries/query.ts';
import { QUERIES_INDEX, queryFile } from './facts.ts';

const NAME = /^[a-z][a-z0-9_]{0,99}$/;

/** Names that an answer can't have: those of other tables and tasks, and the keywords of `npm run query`. */
const TAKEN = /^((raw|clean|rejected|rebuild)_|(tables|quality|report)$)/;

/** Returns whether an answer's table, task and file can have this name. */
export const isAnswerName = (name: string): boolean => NAME.test(name) && !TAKEN.test(name);

export const ANSWER_NAMES =
  "An answer's name has 1 to 100 lower-case letters, digits and _, begins with a letter but not with raw_, clean_, rejected_ or rebuild_, and is not tables, quality or report";

/** @throws AppError for names by which an answer would replace another table: the notebook of an answer creates its table anew */
export function checkQueries(queries: readonly Query[]): void {
  const [problem] = problems(queries);
  if (problem !== undefined) throw new AppError('QUERY', problem);
}

function* problems(queries: readonly Query[]): Generator<string> {
  const names = queries.map(({ name }) => name);
  for (const [at, name] of names.entries()) {
    if (!isAnswerName(name))
      yield `${queryFile(name)} can't have this name. ${ANSWER_NAMES}: rename the file, its line in ${QUERIES_INDEX} and its test rows, for example to answer_${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}.`;
    if (names.indexOf(name) < at) yield `${QUERIES_INDEX} names ${name} more than once: remove a line.`;
  }
}
