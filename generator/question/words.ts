/** The words of a question: those that ask for a calculation, and those that are not used. */
import { UsageError } from '../../src/errors.ts';
import { stems } from './columns.ts';

export type Calculation = 'count' | 'distinct' | 'avg' | 'median' | 'sum' | 'max' | 'min';

export const DISTINCT = /\b(?:different|distinct|unique)\b/i;
export const TOP = /\b(?:most (?:popular|common|frequent|used|often)|top)\b/i;

type Words = readonly (readonly [RegExp, Calculation])[];

/** These decide wherever they are: "the highest average" is an average, and "how many in total" is a count. */
const FIRST: Words = [
  [DISTINCT, 'distinct'],
  [/\bhow many\b/i, 'count'],
  [/\bmedian\b/i, 'median'],
  [/\b(?:average|mean)\b/i, 'avg'],
];

/** Of these, the word that comes first decides: "the highest total" is a maximum. */
const NEXT: Words = [
  [/\b(?:sum|total|revenue)\b/i, 'sum'],
  [/\b(?:highest|largest|greatest|maximum|max|latest|last|biggest|most expensive)\b/i, 'max'],
  [/\b(?:lowest|smallest|least|minimum|min|earliest|first|cheapest)\b/i, 'min'],
];

/** These ask for a function if no other word does. */
const LAST: Words = [
  [/\bhow much\b/i, 'sum'],
  [/\bthe (?:number|count) of\b/i, 'count'],
];

/** Names a period, not a function. */
const PERIOD = /\b(last|latest|first) (?=\d|hours?\b|days?\b|weeks?\b|months?\b|quarters?\b|years?\b)/gi;

/** Separates the parts of a list. */
export const AND = /\band\b|,/i;

/**
 * Returns the function that the words ask for. "In total" asks for a sum only if no other words ask for a function.
 * @throws UsageError if they ask for two
 */
export function functionOf(words: string): Calculation | undefined {
  const text = words.replaceAll(PERIOD, '');
  const parts = text.replaceAll(/\bin total\b/gi, '').split(AND);
  const [first, second] = new Set(parts.flatMap((part) => functionOfPart(part) ?? []));
  if (second)
    throw new UsageError(
      `A question calculates one value, but this one asks for ${first} and ${second}: ask two questions.`,
    );
  return first ?? functionOfPart(text);
}

function functionOfPart(part: string): Calculation | undefined {
  const [next] = NEXT.map(([words, does]) => ({ at: part.search(words), does }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at);
  const oneOf = (list: Words) => list.find(([words]) => words.test(part))?.[1];
  return oneOf(FIRST) ?? next?.does ?? oneOf(LAST);
}

/** Returns the words of a text that ask for a function. */
export const wordsFor = (does: Calculation, text: string): string[] =>
  [...FIRST, ...NEXT, ...LAST]
    .filter(([, other]) => other === does)
    .flatMap(([words]) => stems((text.match(new RegExp(words, 'gi')) ?? []).join(' ')));

/** Words that every question can contain, whatever it asks for. */
const COMMON = new Set(
  stems(`a across all an and any are at be been by count did do does each every exist for from had has have how
    in is it its made make many much of on our per s that the their there they this to was we were what
    when which who with`),
);

/** Returns the words of a text that are neither common nor used. A used word may have an ending: "ordered" uses `order`. */
export function unusedWords(text: string, used: readonly string[]): string[] {
  const isUsed = (word: string) =>
    COMMON.has(word) ||
    used.some(
      (name) => word === name || (name.length > 3 && word.startsWith(name) && word.length <= name.length + 2),
    );
  const words = text.split(/\s+/).map((word) => word.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}%]+$/gu, ''));
  return [...new Set(words)].filter((word) => !stems(word).every(isUsed));
}
