/** Infers a dataset from a sample: its fields, the key of its records, and what is uncertain. */
import { text } from '../../src/datasets/rules.ts';
import { TAKEN_FIELDS } from '../check.ts';
import { type FieldGuess, guessField } from './guess/field.ts';
import { guessOf } from './guess/guess.ts';
import { oneLine } from './guess/source.ts';
import { type Candidate, type Key, keyOf } from './key.ts';
import type { FieldProfile, Profile } from './profile.ts';
import { NUMBER_OR_DAY } from './read/csv.ts';
import { columnName, hints } from './words.ts';

/** A field and what was inferred about it. */
export interface InferredField {
  readonly name: string;
  /** Its column in the clean table. */
  readonly column: string;
  readonly guess: FieldGuess;
  readonly required: boolean;
  readonly profile: FieldProfile;
}

export interface Inferred {
  readonly name: string;
  readonly records: number;
  readonly fields: readonly InferredField[];
  readonly key: Key;
  /** Fields that are not read, and the reasons. */
  readonly omitted: readonly { readonly name: string; readonly why: string }[];
}

/** If a sample has fewer records, no field is inferred to be required. */
const ENOUGH = 20;

/** Maximum length of a field's name; fields with longer names are omitted. */
const MAX_NAME = 200;

/** Characters that are not allowed in a name, because it is written into SQL, Python, TypeScript and Markdown. */
const UNSAFE_NAME = /[\p{C}\p{Zl}\p{Zp}"'`\\$<>{}|*;]|--|\/\//u;

/** Returns the dataset of a sample, or undefined if no field can be its key. */
export function infer(name: string, profile: Profile): Inferred | undefined {
  const omitted: { name: string; why: string }[] = [];
  const taken = new Map<string, string>();
  const named: Candidate[] = [];
  // SQL ignores case: of names that differ only in case, the most frequent name is kept.
  const often = [...profile.fields.values()].sort((a, b) => b.present - a.present);
  for (const field of often) {
    const why = unfit(field.name, taken);
    if (why === undefined) taken.set(field.name.toLowerCase(), field.name);
    else omitted.push({ name: field.name, why });
  }
  for (const field of profile.fields.values())
    if (taken.get(field.name.toLowerCase()) === field.name) named.push({ field, guess: guessField(field) });
  const key = keyOf(name, profile, named);
  if (!key) return undefined;
  const columns = new Set<string>();
  const columnOf = (field: string) => {
    const column = columnName(field, columns);
    columns.add(column.toLowerCase());
    return column;
  };
  const fields = named.map((candidate) => inferred(candidate, key, profile, columnOf));
  return { name, records: profile.records, fields, key, omitted };
}

function unfit(name: string, taken: ReadonlyMap<string, string>): string | undefined {
  if (name === '__proto__' || TAKEN_FIELDS.includes(name.toLowerCase()))
    return 'a name that the project reserves';
  if (name.trim() === '' || name !== name.trim()) return 'a name that is empty or has blanks at its ends';
  if (name.length > MAX_NAME) return 'a name that is too long';
  if (UNSAFE_NAME.test(name))
    return 'a name with quotes, brackets or other characters that have a meaning in SQL';
  const other = taken.get(name.toLowerCase());
  return other === undefined ? undefined : `a name that differs from ${oneLine(other)} only in case`;
}

/** Replaces an enumeration as the rule of a key field. In a key, a new value identifies a new row, so it must not be invalid. */
const AS_WRITTEN = guessOf('text', text);

function inferred(
  { field, guess }: Candidate,
  key: Key,
  { records }: Profile,
  columnOf: (field: string) => string,
): InferredField {
  const always = field.values === records && field.present === records;
  const isKey = key.fields.includes(field.name);
  const isTime = guess.rule.type === 'TIMESTAMP';
  const fits = guess.doubts.length === 0;
  const required =
    !isKey && always && fits && records >= ENOUGH && (isTime || hints.id(field.name)) && !field.kinds.json;
  const column = columnOf(field.name);
  const own = isKey && guess.code.startsWith('oneOf') ? { ...guess, ...AS_WRITTEN } : guess;
  const isNameLost =
    column !== field.name && /^(field(_\d+)?|_[\d_]+)$/.test(column) && /\p{L}/u.test(field.name);
  // Tables with a column for each year are usual.
  const isData = NUMBER_OR_DAY.test(field.name) && !/^(19|20)\d\d$/.test(field.name);
  const doubts = [
    ...own.doubts,
    ...(isNameLost ? [`its column is called ${column}, because its name has no Latin letters`] : []),
    ...(isData ? ['its name is a number or a day: perhaps the file has no header'] : []),
  ];
  return {
    name: field.name,
    column,
    required,
    profile: field,
    guess: { ...own, doubts },
  };
}
