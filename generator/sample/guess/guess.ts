/** The rule of a field, guessed by its values and its name. */
import type { Rule } from '../../../src/datasets/dataset.ts';
import type { FieldProfile } from '../profile.ts';

/** A rule as it stands in a dataset's file, and what it does. */
export interface Guess {
  /** `wholeNumber(0, INT_MAX)` */
  readonly code: string;
  readonly rule: Rule;
  /** Returns the value of a text as a row of the clean table shows it, null where the text isn't valid. */
  read(text: string): Cell;
  /** Sentences on what is not sure. */
  readonly doubts: readonly string[];
}

type Cell = string | number | boolean | null;

/** With fewer values than this, no value may differ: it would not count as a flaw. */
const ENOUGH = 20;
/** Of so many values one may be different: a flaw, which the rule finds. */
const FLAWS = 0.05;

/** True where so many of a field's values are of a form that the others are flaws. */
export const mostly = (field: FieldProfile, count: number): boolean =>
  field.values > 0 &&
  (count === field.values || (field.values >= ENOUGH && field.values - count <= field.values * FLAWS));
