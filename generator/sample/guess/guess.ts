/** The rule of a field, guessed by its values and its name. */
import type { Rule } from '../../../src/datasets/dataset.ts';
import type { FieldProfile } from '../profile.ts';

/** A rule as it is written in a dataset's file, and what it does. */
export interface Guess {
  /** `wholeNumber(0, INT_MAX)` */
  readonly code: string;
  readonly rule: Rule;
  /** Returns the value of a text as a row of the clean table shows it, or null if the text isn't valid. */
  read(text: string): Cell;
  /** Sentences about what is uncertain. */
  readonly doubts: readonly string[];
}

type Cell = string | number | boolean | null;

/** Minimum number of values to accept flaws; if there are fewer, all values must have the form. */
const ENOUGH = 20;
/** Maximum share of values without the form: they are flaws, which the rule finds. */
const FLAWS = 0.05;

/** Returns whether so many of a field's values have a form that the others are flaws. */
export const mostly = (field: FieldProfile, count: number): boolean =>
  field.values > 0 &&
  (count === field.values || (field.values >= ENOUGH && field.values - count <= field.values * FLAWS));
