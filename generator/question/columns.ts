/** Finds the datasets and columns that a sentence names. */
import type { Dataset } from '../../src/datasets/dataset.ts';
import { singular } from '../sample/names.ts';
import { hints, wordsOf } from '../sample/words.ts';
import { cleanColumns } from '../tables.ts';

/** A column of a clean table. */
export interface Named {
  readonly dataset: Dataset;
  readonly name: string;
  readonly type: string;
}

export const columnsOf = (dataset: Dataset): Named[] =>
  cleanColumns(dataset).map(({ name, type }) => ({ dataset, name, type }));

/** Returns the words of a text in the singular, so that "orders" and "order" are equal. */
export const stems = (text: string): string[] => wordsOf(text).map(singular);

/** Returns the words of each name of a column: its own, and that of the field it contains, such as `Währung` for `wahrung`. */
export function namesOf({ dataset, name }: Named): string[][] {
  const column = dataset.columns.find((column) => column.name === name);
  const field = column && 'from' in column ? column.from : undefined;
  return [name, field ?? name].map(stems).filter((words) => words.length > 0);
}

/** Returns the index at which the sequence `words` begins in `all`, or -1. */
function positionIn(words: readonly string[], all: readonly string[]): number {
  return all.findIndex((_, at) => words.every((word, nth) => all[at + nth] === word));
}

/**
 * Replaces each column name of two or more words by empty words. For example, "customer id" names a column and must not
 * count as the name of the dataset customers.
 */
function withoutColumns(words: readonly string[], datasets: readonly Dataset[]): string[] {
  const left = [...words];
  for (const name of datasets.flatMap(columnsOf).flatMap(namesOf)) {
    const at = name.length > 1 ? positionIn(name, left) : -1;
    if (at !== -1) left.fill('', at, at + name.length);
  }
  return left;
}

/** Returns the words of each noun for a dataset's records. */
export const nounsOf = ({ name, plural, singular }: Dataset): string[][] =>
  [name, plural, singular.replace(/^an? /, '')].map(stems);

/** Returns the dataset with whose noun a phrase begins, unless a column follows: "orders of", but not "order status of". */
export function datasetFirst(phrase: string, datasets: readonly Dataset[]): Dataset | undefined {
  const words = withoutColumns(stems(phrase), datasets);
  const begins = (name: readonly string[], from: number) =>
    name.every((word, at) => word === words[from + at]);
  const columns = datasets.flatMap(columnsOf).flatMap(namesOf);
  return datasets.find((dataset) =>
    nounsOf(dataset).some(
      (noun) => begins(noun, 0) && !columns.some((column) => begins(column, noun.length)),
    ),
  );
}

/** Returns the datasets that a sentence names, in order of appearance. */
export function datasetsIn(sentence: string, datasets: readonly Dataset[]): Dataset[] {
  const words = withoutColumns(stems(sentence), datasets);
  return datasets
    .map((dataset) => {
      const places = nounsOf(dataset)
        .map((noun) => positionIn(noun, words))
        .filter((at) => at !== -1);
      return { dataset, at: places.length > 0 ? Math.min(...places) : -1 };
    })
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at)
    .map(({ dataset }) => dataset);
}

/** Returns the columns that a phrase names. Names with more words come first. Equally long names keep the datasets' order. */
export function columnsIn(phrase: string, datasets: readonly Dataset[]): Named[] {
  const words = stems(phrase);
  return datasets
    .flatMap(columnsOf)
    .map((column) => {
      const found = namesOf(column).filter((name) => positionIn(name, words) !== -1);
      return { column, length: Math.max(0, ...found.map((name) => name.length)) };
    })
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length)
    .map(({ column }) => column);
}

/**
 * Returns the columns that a phrase names without their last word, if this word adds only that the value is an id, or the unit
 * of a number: `customer_id` for "customer", `duration_ms` for "duration". A phrase that could name two columns of a dataset
 * names neither.
 */
export function columnsByStart(phrase: string, datasets: readonly Dataset[]): Named[] {
  const words = stems(phrase);
  return datasets.flatMap((dataset) => {
    const starts = columnsOf(dataset).flatMap((column) =>
      namesOf(column)
        .filter((name) => name.length > 1 && isKind(name.at(-1) ?? '', column))
        .map((name) => ({ column, start: name.slice(0, -1) }))
        .filter(({ start }) => positionIn(start, words) !== -1),
    );
    const isOnly = ({ column, start }: (typeof starts)[number]) =>
      starts.every((other) => other.column === column || other.start.join() !== start.join());
    return [...new Set(starts.filter(isOnly).map(({ column }) => column))];
  });
}

/** Units of numbers, such as `ms`, and prepositions of times, such as `at`, have two letters or fewer. */
const isKind = (word: string, { type }: Named): boolean =>
  hints.id(word) || (type !== 'STRING' && word.length <= 2);

export const isNumber = ({ type }: Named): boolean => /^(INT|BIGINT|DOUBLE|DECIMAL)/.test(type);

export const isTime = ({ type }: Named): boolean => type === 'TIMESTAMP' || type === 'DATE';
