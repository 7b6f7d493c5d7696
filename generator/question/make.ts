/** Makes a new question from a sentence: its query, its line in the index and its test rows. */

import path from 'node:path';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { AppError, UsageError } from '../../src/errors.ts';
import { readText, readTextIfThere } from '../../src/files/read.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { ANSWER_NAMES, isAnswerName } from '../check-queries.ts';
import { QUERIES_INDEX, queryFile, queryRowsFile } from '../facts.ts';
import { formatted } from '../format.ts';
import { planOf } from './plan.ts';
import { questionRows } from './rows.ts';
import { answerName, questionSource } from './sql.ts';

export interface MakeQuestionOptions {
  /** The project's folder. */
  readonly root: string;
  readonly question: string;
  readonly datasets: readonly Dataset[];
  /** The name of the answer's table; by default derived from the question. */
  readonly name?: string;
  /** Replaces the files of an earlier run. */
  readonly force?: boolean;
}

/**
 * Returns the texts of a question's files by path, relative to the project's folder, without writing them.
 * @throws UsageError if the sentence is not a question, if the datasets' columns can't answer it, or if the name is not valid
 * @throws AppError if an answer of this name already exists
 */
export function makeQuestion(options: MakeQuestionOptions): ReadonlyMap<string, string> {
  const { root, datasets, force = false } = options;
  const question = options.question.replaceAll(/[\s\p{C}]+/gu, ' ').trim();
  if (!/^\S.{2,200}\?$/u.test(question) || question.startsWith('chart:'))
    throw new UsageError(
      `A question is a sentence of at most 200 characters that ends in ?, as in "How many orders per country?"; got ${JSON.stringify(question)}.`,
    );
  const plan = planOf(question, datasets);
  const name = options.name ?? answerName(plan);
  if (!isAnswerName(name))
    throw new UsageError(`${ANSWER_NAMES}; got ${JSON.stringify(name)}: choose one with --name.`);
  const [query, rows] = [queryFile(name), queryRowsFile(name)];
  for (const file of force ? [] : [query, rows])
    if (readTextIfThere(path.join(root, file)) !== undefined)
      throw new AppError(
        'EXISTS',
        `${file} already exists: choose another name with --name, or replace it with --force.`,
      );
  const source = questionSource(question, plan);
  // Throws if the generated text does not parse as a query.
  parseQuery(name, source);
  const index = readText(path.join(root, QUERIES_INDEX));
  return formatted(
    new Map([
      [query, source],
      [QUERIES_INDEX, withQuery(index, name)],
      [rows, questionRows(plan)],
    ]),
  );
}

const LIST = /(?<=const NAMES(?:: readonly string\[\])? = \[)[^\]]*(?=\];)/;

/** Returns the text of src/project/queries/index.ts with the question added last. @throws AppError if the file has no list of names */
export function withQuery(index: string, name: string): string {
  const list = LIST.exec(index)?.[0];
  if (list === undefined)
    throw new AppError('INDEX', `${QUERIES_INDEX} has no list of names: write \`const NAMES = […];\` there.`);
  if (list.includes(`'${name}'`)) return index;
  // Split at commas, so that a comment in the list stays with its name.
  const names = [...list.split(','), `'${name}'`].map((one) => one.trim()).filter(Boolean);
  return index.replace(LIST, () => `\n${names.map((one) => `  ${one},\n`).join('')}`);
}
