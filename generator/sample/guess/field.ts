/**
 * Guesses the rule of one field. The first guess that fits is used. The order of the guesses matters: for example, 20240131
 * can be a day or a number.
 */
import { text } from '../../../src/datasets/rules.ts';
import { isPerhapsMissing } from '../forms.ts';
import type { FieldProfile } from '../profile.ts';
import { hints } from '../words.ts';
import { type Guess, guessOf, mostly } from './guess.ts';
import { guessFlag, guessNumber } from './numbers.ts';
import { oneLine } from './source.ts';
import { guessText } from './texts.ts';
import { guessTime } from './times.ts';

/** Maximum number of possible placeholders that are listed for one field. */
const MAX_NAMED = 5;

export interface FieldGuess extends Guess {
  readonly placeholders: readonly string[];
}

/** Returns the rule of a field and its placeholders. */
export function guessField(field: FieldProfile): FieldGuess {
  const guess =
    digitsOnly(field) ?? guessFlag(field) ?? guessTime(field) ?? guessNumber(field) ?? guessText(field);
  const seen = [...field.placeholders.keys()].sort();
  const takesAny = guess.rule.type === 'STRING';
  const perhaps = takesAny ? seen.filter(isPerhapsMissing) : [];
  const placeholders = seen.filter((text) => !perhaps.includes(text));
  const doubts = [...guess.doubts];
  if (perhaps.length > 0)
    doubts.push(
      `perhaps placeholders: ${perhaps
        .slice(0, MAX_NAMED)
        .map((text) => `"${oneLine(text)}"`)
        .join(', ')}`,
    );
  if (!guess.code.startsWith('oneOf') || perhaps.length === 0) return { ...guess, placeholders, doubts };
  // A possible placeholder may also be a value, so the rule must accept it.
  return { ...guessOf('text', text, undefined, ...doubts), placeholders };
}

/**
 * Returns the rule `text` if a field's digits are an identifier and not a quantity: if some values have leading zeros, if the
 * field's name indicates it, or if they are strings in an id field. Digits of a version, such as 1.10, are no quantity either.
 * Otherwise, returns undefined.
 */
function digitsOnly(field: FieldProfile): Guess | undefined {
  const zeros = field.count('zeros');
  const isNumber = mostly(field, field.count('double') + zeros) && field.kinds.number < field.values;
  const named = hints.digits(field.name) && field.values > 0 && field.count('flag') < field.values;
  const isTextId = isNumber && hints.id(field.name) && field.kinds.text === field.values;
  if (!named && !isTextId && !isVersion(field, isNumber) && !(isNumber && zeros > 0)) return undefined;
  if (named && field.kinds.json > 0) return undefined;
  return guessOf('text', text, undefined, ...(zeros > 0 ? ['digits with leading zeros stay text'] : []));
}

/** Returns whether texts or cells are versions that look like a decimal or, as those of some APIs, like a day. */
const isVersion = (field: FieldProfile, isNumber: boolean): boolean =>
  hints.version(field.name) &&
  field.kinds.number === 0 &&
  ((isNumber && field.scale > 0) || mostly(field, field.count('day')));
