/** Guesses the rules of texts: a form, an enumeration, or any text. */
import { email, json, oneOf, text, url } from '../../../src/datasets/rules.ts';
import { type Form, formsOf } from '../forms.ts';
import { isPersonal } from '../personal.ts';
import type { FieldProfile } from '../profile.ts';
import { hints } from '../words.ts';
import { type Guess, guessOf, mostly } from './guess.ts';
import { callOf, oneLine } from './source.ts';
import { ambiguousDays } from './times.ts';

/** An enumeration has few values, each of which occurs often. */
const MAX_ENUMERATED = 10;
const MIN_VALUES = 20;
const MIN_TIMES = 2;
const MIN_TIMES_ON_AVERAGE = 5;
const ENUMERATED = /^[\p{L}\p{N}][\p{L}\p{N} ._:/+-]{0,39}$/u;

/** Returns a text only if it has the form, as when the forms were counted, so that a flaw is not written as a valid value. */
const ofForm = (form: Form) => (text: string) =>
  formsOf({ kind: 'text', text }).includes(form) ? text : null;

export function guessText(field: FieldProfile): Guess {
  if (field.kinds.json > 0 && field.count('json') === field.values) return guessOf('json', json);
  if (mostly(field, field.count('json')) && field.kinds.json === 0)
    return guessOf('json', json, ofForm('json'), 'JSON inside text');
  if (mostly(field, field.count('email'))) return guessOf('email', email, ofForm('email'));
  if (mostly(field, field.count('url'))) return guessOf('url', url, ofForm('url'));
  // Personal data is never written into a file of the project, however often it occurs.
  const few = isPersonal(field.name) ? undefined : enumerated(field);
  if (few && !hints.open(field.name) && !hints.kind(field.name)) {
    return guessOf(
      callOf('oneOf', ...few),
      oneOf(...few),
      (text) => (few.includes(text) ? text : null),
      'values that are not in the sample become NULL and are reported; `text` accepts all values',
    );
  }
  return guessOf('text', text, undefined, ...doubtsOf(field, few));
}

/** Returns the sorted values of an enumeration, or undefined if the field is not an enumeration. */
function enumerated(field: FieldProfile): string[] | undefined {
  const { values, distinct, hasMoreDistinct, placeholders } = field;
  if (hasMoreDistinct || values < MIN_VALUES || distinct.size > MAX_ENUMERATED) return undefined;
  if (values / distinct.size < MIN_TIMES_ON_AVERAGE || distinct.size < 2) return undefined;
  if (field.kinds.text + field.kinds.cell !== values || field.forms.size > 0) return undefined;
  // A possible placeholder, such as "unknown", counts as a value.
  const all = [...distinct.keys(), ...placeholders.keys()];
  const fits = [...distinct].every(([text, times]) => times >= MIN_TIMES && ENUMERATED.test(text));
  return fits && all.length <= MAX_ENUMERATED ? [...distinct.keys()].sort() : undefined;
}

function doubtsOf(field: FieldProfile, few: readonly string[] | undefined): string[] {
  if (field.values === 0) return ['no value in the sample'];
  if (few) return [`few values in the sample: ${callOf('oneOf', ...few)} would accept only these`];
  const ambiguous = ambiguousDays(field);
  if (ambiguous) return [ambiguous];
  const doubts: string[] = [];
  if (field.count('almostNumber') === field.values && field.forms.get('double') !== field.values)
    doubts.push('numbers with a comma, a currency sign or a unit: `custom` can read them');
  if (mostly(field, field.count('almostTime')))
    doubts.push('times in a form that no rule reads: `custom` can read them');
  const kinds = Object.entries(field.kinds).filter(([, count]) => count > 0);
  if (kinds.length > 1)
    doubts.push(`mixed: ${kinds.map(([kind, count]) => `${count} ${KINDS[kind]}`).join(', ')}`);
  else if (field.count('double') > field.values / 2 && field.count('double') < field.values)
    doubts.push(`numbers in ${field.count('double')} of ${field.values} values, the others are text`);
  else if (isMixedTime(field)) doubts.push('days or times in several forms');
  return doubts.map(oneLine);
}

const KINDS: Readonly<Record<string, string>> = {
  cell: 'cells',
  text: 'texts',
  number: 'numbers',
  flag: 'flags',
  json: 'objects or arrays',
};

function isMixedTime(field: FieldProfile): boolean {
  const forms = [...field.forms.keys()].filter((form) =>
    /^(day|moment|instant|time|almostTime|pattern .*)$/.test(form),
  );
  return forms.length > 1;
}
