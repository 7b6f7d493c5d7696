/** What the user must know about the SELECT of a question. */
import { cleanTable } from '../../src/names.ts';
import { namesOf, nounsOf } from './columns.ts';
import { type Plan, usedIn } from './plan.ts';
import { TOP, unusedWords, wordsFor } from './words.ts';

/** Returns the words of a question that its plan does not use: columns, values and conditions that the SELECT does not contain. */
export function leftOut(question: string, plan: Plan): string[] {
  const { datasets, groups, measure, top } = plan;
  const units = groups.flatMap(({ unit }) => unit ?? []);
  return unusedWords(question, [
    ...datasets.flatMap(nounsOf).flat(),
    ...usedIn(plan).flatMap(namesOf).flat(),
    ...units,
    // The number of orders is their count, and the number of items is the column of this name.
    'number',
    // A total number is a number.
    ...(measure.does === 'count' ? wordsFor('sum', question) : []),
    // "Hour of the day" is an hour from 0 to 23, as in the SELECT.
    ...(units.includes('hour') ? ['day'] : []),
    ...(top ? (TOP.exec(question)?.[0].toLowerCase().split(' ') ?? []) : wordsFor(measure.does, question)),
  ]);
}

/** Returns a sentence for each difference between the question and its SELECT, and for a join. */
export function remarksOf(question: string, plan: Plan): string[] {
  const words = leftOut(question, plan);
  const [, joined] = plan.datasets;
  return [
    ...(joined ? [`The SELECT joins ${cleanTable(joined.name)} by ${plan.using.join(' and ')}.`] : []),
    ...(words.length > 0
      ? [`The SELECT does not use these words of the question: ${words.join(', ')}.`]
      : []),
  ];
}
