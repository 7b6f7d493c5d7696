/** Interprets the words of a question. */
import { columnOf, type Dataset, keyColumns, neededFields } from '../../src/datasets/dataset.ts';
import { UsageError } from '../../src/errors.ts';
import { hints } from '../sample/words.ts';
import {
  columnsByStart,
  columnsIn,
  columnsOf,
  datasetFirst,
  datasetsIn,
  isNumber,
  isTime,
  type Named,
  nounsOf,
  stems,
} from './columns.ts';
import { AND, type Calculation, DISTINCT, functionOf, TOP, unusedWords, wordsFor } from './words.ts';

export type Unit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** A column by which rows are grouped. With `unit`, rows are grouped by the hour, day and so on of the column's time. */
export interface Group {
  readonly column: Named;
  readonly unit?: Unit;
}

export interface Plan {
  /** The counted dataset, followed by a joined dataset if the question needs its columns. */
  readonly datasets: readonly Dataset[];
  /** The columns by which the two datasets are joined. */
  readonly using: readonly string[];
  readonly measure: { readonly does: Calculation; readonly of?: Named };
  readonly groups: readonly Group[];
  /** The column whose most frequent value the question asks for. */
  readonly top?: Named;
}

const UNITS: readonly Unit[] = ['hour', 'day', 'week', 'month', 'quarter', 'year'];

const BY = /\b(?:per|by|for each|for every|in each|in every|of each|of every|at each|each|every|across)\b/i;

/**
 * Returns what a question asks for.
 * @throws UsageError if the datasets' columns can't answer the question
 */
export function planOf(question: string, all: readonly Dataset[]): Plan {
  const named = datasetsIn(question, all);
  // Not in lower case yet, because a column's name may be in camel case.
  const [what = '', ...by] = question.split(BY);
  const [first = oneWith(what, all) ?? oneWith(question, all) ?? nothingNamed(all), ...others] = named;
  // "Different customers of orders" are counted in the orders.
  const isAmongOthers = first === differentIn(what, named);
  const near = isAmongOthers ? [...others, first] : [first, ...others];
  const [main = first] = near;
  const groups = by.flatMap((phrase) => phrase.split(AND)).flatMap((phrase) => groupOf(phrase, near, all));
  const top = TOP.test(what)
    ? [...columnsOfWords(what, near), ...columnsBegun(what, near)].find((column) => !isNumber(column))
    : undefined;
  const measure = top ? { does: 'count' as const } : measureOf(what, near);
  const used = usedIn({ measure, groups, ...(top && { top }) });
  const joined = [...new Set(used.map(({ dataset }) => dataset))].filter((dataset) => dataset !== main);
  if (joined.length > 1)
    throw new UsageError(
      `The question needs the columns of ${joined.length + 1} datasets: use the columns of at most two.`,
    );
  const datasets = [main, ...joined];
  return { datasets, using: usingOf(main, joined[0]), measure, groups, ...(top && { top }) };
}

/** Returns the columns that a plan uses. */
export const usedIn = ({ measure, groups, top }: Pick<Plan, 'measure' | 'groups' | 'top'>): Named[] => [
  ...groups.map(({ column }) => column),
  ...(top ? [top] : []),
  ...(measure.of ? [measure.of] : []),
];

/** Returns the dataset of the first column that the words name. */
const oneWith = (words: string, all: readonly Dataset[]): Dataset | undefined =>
  columnsIn(words, all)[0]?.dataset;

function nothingNamed(all: readonly Dataset[]): never {
  const names = all.map(({ name }) => name).join(', ');
  throw new UsageError(`The question names no dataset and no column: name one of the datasets ${names}.`);
}

function groupOf(phrase: string, near: readonly Dataset[], all: readonly Dataset[]): Group[] {
  const words = stems(phrase);
  const unit = UNITS.find((unit) => words.includes(unit));
  // Another dataset's column `year` is not the year of these rows.
  const others = unit ? phrase.replace(new RegExp(`\\b${unit}s?\\b`, 'i'), '') : phrase;
  const column = [
    ...columnsOfWords(phrase, near),
    ...columnsByStart(others, near).filter((column) => !unit || isTime(column)),
    ...columnsIn(others, all),
    // In "each quarter of the orders", the orders are not their column `order`.
  ].find((column) => !unit || !isNoun(column, near));
  if (unit === 'hour' && column?.type === 'DATE')
    throw new UsageError(
      `${column.name} has days without hours: name a column with a time, or another period.`,
    );
  if (unit && (!column || isTime(column))) return [{ column: column ?? timeOf(near, unit), unit }];
  if (column) return [isTime(column) ? { column, unit: 'day' } : { column }];
  if (words.length === 0) return [];
  throw unknown(phrase.replace(/[?.\s]+$/, '').trim(), near);
}

const unknown = (phrase: string, near: readonly Dataset[]): UsageError =>
  new UsageError(
    `No column is called ${JSON.stringify(phrase)}: ${near
      .map(
        (dataset) =>
          `${dataset.name} has ${columnsOf(dataset)
            .map(({ name }) => name)
            .join(', ')}`,
      )
      .join('; ')}.`,
  );

/**
 * Returns the column with an event's time, of the first dataset that has a time: if possible, one that every row has, and not
 * the time of a change. Hours need a column with a time, not only a day.
 */
export function timeOf(near: readonly Dataset[], unit: Unit = 'day'): Named {
  for (const dataset of near) {
    const times = columnsOf(dataset).filter((one) =>
      unit === 'hour' ? one.type === 'TIMESTAMP' : isTime(one),
    );
    const [always, own] = [times.filter(isAlways), times.filter(({ name }) => !isOfChange(name))];
    const time = own.find((column) => always.includes(column)) ?? always[0] ?? own[0] ?? times[0];
    if (time) return time;
  }
  throw new UsageError(
    `${near.map(({ name }) => name).join(' and ')} has no column with a ${unit === 'hour' ? 'time' : 'day or time'} to group by.`,
  );
}

const isOfChange = (name: string): boolean =>
  isOfPerson(name) || stems(name).some((word) => /^(updated|modified|changed)/.test(word));

/** Returns whether a name is such as that of the last login or of the day of birth, which is not the time of an event. */
const isOfPerson = (name: string): boolean => stems(name).some((word) => /^(last|birth)/.test(word));

const isAlways = ({ dataset, name }: Named): boolean =>
  !isOfPerson(name) && neededFields(dataset).some((field) => columnOf(dataset, field) === name);

function measureOf(
  what: string,
  near: readonly Dataset[],
): { does: Calculation; of: Named } | { does: 'count' } {
  const does = functionOf(what);
  if (does === 'distinct') return { does, of: distinctOf(what, near) };
  if (does === undefined || does === 'count') return { does: 'count' };
  const fits = (column: Named) => isNumber(column) || ((does === 'max' || does === 'min') && isTime(column));
  const namedIn = (words: string) =>
    columnsOfWords(words, near).find(fits) ??
    columnsBegun(words, near).find((column) => fits(column) && !hints.id(column.name));
  // The total number of orders is not their column `total`.
  const [, counted] = what.split(/\bnumber of\b/i);
  const of = namedIn(counted ?? what);
  if (of === undefined && counted !== undefined && does === 'sum') return { does: 'count' };
  return { does, of: of ?? onlyNumber(what, does, near) };
}

/** Returns whether a column is named by a word that names one of the datasets: the column `order` in "orders per country". */
const isNoun = ({ name }: Named, near: readonly Dataset[]): boolean =>
  stems(name).length === 1 && datasetsIn(name, near).length > 0;

/** Returns the columns that the words name. Columns that the words may name only as datasets come last. */
function columnsOfWords(words: string, near: readonly Dataset[]): Named[] {
  const columns = columnsIn(words, near);
  return [
    ...columns.filter((column) => !isNoun(column, near)),
    ...columns.filter((column) => isNoun(column, near)),
  ];
}

/** Returns the columns whose names the words begin, unless the beginning is the noun of a dataset: `order_id` for "orders". */
const columnsBegun = (words: string, near: readonly Dataset[]): Named[] =>
  columnsByStart(words, near).filter(
    ({ name }) => datasetsIn(stems(name).slice(0, -1).join(' '), near).length === 0,
  );

/** Returns the dataset whose rows the words count once each: customers in "how many different customers". */
function differentIn(what: string, near: readonly Dataset[]): Dataset | undefined {
  const [, after] = what.split(DISTINCT);
  return after === undefined ? undefined : datasetFirst(after, near);
}

/** Returns the column whose different values are counted: of a dataset, its key. */
function distinctOf(what: string, near: readonly Dataset[]): Named {
  const remedy = 'name the column whose different values to count';
  const counted = differentIn(what, near);
  if (!counted) {
    const columns = [...columnsIn(what, near), ...columnsBegun(what, near)];
    const column = columns.find((column) => !isNoun(column, near));
    if (column) return column;
    throw new UsageError(`The question names no column after "different": ${remedy}.`);
  }
  const [main = counted] = near;
  const [key, another] = keyColumns(counted);
  const found = columnsOf(main).find(({ name }) => name === key);
  if (found && another === undefined) return found;
  throw new UsageError(
    `No single column of ${main.name} identifies ${counted.plural}, so different ${counted.plural} can't be counted: ${remedy}.`,
  );
}

/** Returns the only number of the datasets, unless the words name something else: another column, or a condition. */
function onlyNumber(what: string, does: Calculation, near: readonly Dataset[]): Named {
  const keys = near.flatMap(keyColumns);
  const numbers = near.flatMap(columnsOf).filter((column) => isNumber(column) && !keys.includes(column.name));
  const [only, other] = numbers;
  const used = [...near.flatMap(nounsOf).flat(), ...wordsFor(does, what)];
  if (only && !other && unusedWords(what, used).length === 0) return only;
  throw new UsageError(
    numbers.length === 0
      ? `${near.map(({ name }) => name).join(' and ')} has no column of numbers to calculate with.`
      : `The question names no column of numbers to calculate with: name one of ${numbers.map(({ name }) => name).join(', ')}.`,
  );
}

/**
 * Returns the columns to join by. They are the complete key of one of the two datasets, and both datasets have them. Because
 * the key is complete, each row of the other dataset matches at most one row of the dataset with this key.
 */
function usingOf(main: Dataset, other: Dataset | undefined): string[] {
  if (!other) return [];
  const names = (dataset: Dataset) => columnsOf(dataset).map(({ name }) => name);
  for (const dataset of [other, main]) {
    const key = keyColumns(dataset);
    if (key.every((name) => names(main).includes(name) && names(other).includes(name))) return key;
  }
  throw new UsageError(
    `${main.name} and ${other.name} share no key: a question over both needs the key of one of them as a column of the other.`,
  );
}
