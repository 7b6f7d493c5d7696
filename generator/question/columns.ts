/** Finds the datasets and columns that a sentence names. */
import type { Dataset } from '../../src/datasets/dataset.ts';
import { singular } from '../sample/names.ts';
import { wordsOf } from '../sample/words.ts';
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
  for (const name of datasets.flatMap(columnsOf).map((column) => stems(column.name))) {
    const at = name.length > 1 ? positionIn(name, left) : -1;
    if (at !== -1) left.fill('', at, at + name.length);
  }
  return left;
}

const nounsOf = ({ name, plural, singular }: Dataset): string[][] =>
  [name, plural, singular.replace(/^an? /, '')].map(stems);

/** Returns the dataset with whose noun a phrase begins, unless a column follows: "orders of", but not "order status of". */
export function datasetFirst(phrase: string, datasets: readonly Dataset[]): Dataset | undefined {
  const words = withoutColumns(stems(phrase), datasets);
  const begins = (name: readonly string[], from: number) =>
    name.every((word, at) => word === words[from + at]);
  const columns = datasets.flatMap(columnsOf).map(({ name }) => stems(name));
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
    .map((column) => ({ column, words: stems(column.name) }))
    .filter(({ words: name }) => name.length > 0 && positionIn(name, words) !== -1)
    .sort((a, b) => b.words.length - a.words.length)
    .map(({ column }) => column);
}

export const isNumber = ({ type }: Named): boolean => /^(INT|BIGINT|DOUBLE|DECIMAL)/.test(type);

export const isTime = ({ type }: Named): boolean => type === 'TIMESTAMP' || type === 'DATE';
