/** Guesses a field's rule from the field's values and name. */
import type { Rule, SqlType } from '../../../src/datasets/dataset.ts';
import { custom } from '../../../src/datasets/rules.ts';
import type { FieldProfile } from '../profile.ts';
import { callOf, stringOf } from './source.ts';

/** A guessed rule: its source in a dataset's file, and what it does. */
export interface Guess {
  /** TypeScript source, such as `wholeNumber(0, INT_MAX)`. */
  readonly code: string;
  readonly rule: Rule;
  /** Returns the value of a text as a row of the clean table shows it, or null if the text isn't valid. */
  read(text: string): Cell;
  /** Sentences about what is uncertain. */
  readonly doubts: readonly string[];
}

type Cell = string | number | boolean | null;

/** Returns a guess. Without `read`, rows show the text itself. */
export const guessOf = (
  code: string,
  rule: Rule,
  read: Guess['read'] = (text) => text,
  ...doubts: readonly string[]
): Guess => ({ code, rule, read, doubts });

/**
 * Returns the guess of a custom rule; `rule` contains the arguments of `custom`. The examples are not values of the sample,
 * which may be personal. Without examples, records whose key has this field could not be emulated.
 */
export const customGuess = (
  rule: readonly [sql: string, type: SqlType, description: string, examples: readonly string[]],
  read: Guess['read'],
  ...doubts: readonly string[]
): Guess => guessOf(customCall(...rule), custom(...rule), read, ...doubts);

/** Returns the source of a custom rule. */
export const customCall = (
  sql: string,
  type: SqlType,
  description: string,
  examples: readonly string[],
): string =>
  callOf('custom', sql, type, description).replace(/\)$/, `, [${examples.map(stringOf).join(', ')}])`);

/** If a field has at least this many values, a few may deviate from the guessed form. If it has fewer, none may. */
const ENOUGH = 20;
/** Maximum share of values that may deviate from the guessed form. Cleaning reports these values as invalid. */
const FLAWS = 0.05;

/** Returns whether `count`, the number of a field's values with a form, is high enough to treat the other values as flaws. */
export const mostly = (field: FieldProfile, count: number): boolean =>
  field.values > 0 &&
  (count === field.values || (field.values >= ENOUGH && field.values - count <= field.values * FLAWS));
