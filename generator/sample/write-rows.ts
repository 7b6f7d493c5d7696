/** Writes test rows, given and expected, from the sample. Values that look personal are replaced. */
import { stringify } from 'yaml';
import type { Inferred, InferredField } from './infer.ts';
import type { Replacer } from './personal.ts';
import type { SampleRecord, Value } from './value.ts';

/** Maximum number of records from which the rows are chosen. */
const MAX_TRIED = 1000;
/** Maximum number of rows with an invalid value, and of rows with a placeholder. */
const MAX_SHOWN = 5;

interface RuleCase {
  readonly says: string;
  readonly given: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
}

/** Returns the text of `test/spark/rules/<name>.yml`. */
export function rowsSource(inferred: Inferred, kept: readonly SampleRecord[], replacer: Replacer): string {
  const records = kept.slice(0, MAX_TRIED);
  const own = inferred.fields.filter(({ name }) => !inferred.key.fields.includes(name));
  const keyed = records.filter(
    ({ values }) =>
      inferred.key.fields.every((name) => valid(field(inferred, name), values.get(name))) &&
      // Cleaning rejects a record that has only the fields of the key as a record of another dataset.
      (own.length === 0 || own.some(({ name }) => values.has(name))),
  );
  const clean = ofKeys(
    inferred,
    keyed.filter((record) => isClean(inferred, record)),
    replacer,
  );
  const most = [...clean].sort((a, b) => filled(inferred, b) - filled(inferred, a))[0];
  const cases: RuleCase[] = [];
  if (most) cases.push(whole('a record of the sample becomes a row', inferred, most, replacer));
  const least = [...clean].sort((a, b) => filled(inferred, a) - filled(inferred, b))[0];
  if (least && most && filled(inferred, least) < filled(inferred, most))
    cases.push(whole('a missing value becomes NULL', inferred, least, replacer));
  if (most) {
    const others = clean.filter((record) => record !== most && record !== least);
    const optional = inferred.fields.filter(
      ({ name, required }) => !required && !inferred.key.fields.includes(name),
    );
    const missing = optional.filter(({ guess }) => guess.placeholders.length > 0).slice(0, MAX_SHOWN);
    const checked = optional.filter(({ guess }) => guess.rule.canFail).slice(0, MAX_SHOWN);
    for (const one of missing)
      cases.push(changed(inferred, others.shift() ?? most, replacer, one, one.guess.placeholders[0]));
    for (const one of checked) cases.push(changed(inferred, others.shift() ?? most, replacer, one));
    cases.push(withoutKey(inferred, most, replacer));
  }
  // The serializer quotes every text that YAML would read as another type.
  return stringify(cases, { lineWidth: 110, aliasDuplicateObjects: false });
}

/**
 * Returns the first record of each key, because a table keeps only one row per key. Keys are compared after personal
 * data in them was replaced.
 */
function ofKeys(inferred: Inferred, records: readonly SampleRecord[], replacer: Replacer): SampleRecord[] {
  const byKey = new Map<string, SampleRecord>();
  for (const record of records) {
    const values = shown(inferred, record, replacer);
    const key = JSON.stringify(inferred.key.fields.map((name) => values.get(name)?.text));
    if (!byKey.has(key)) byKey.set(key, record);
  }
  return [...byKey.values()];
}

const field = ({ fields }: Inferred, name: string): InferredField =>
  fields.find((one) => one.name === name) as InferredField;

const isThere = ({ guess }: InferredField, value: Value | undefined): value is Value =>
  value !== undefined && !guess.placeholders.includes(value.text);

const valid = (one: InferredField, value: Value | undefined): boolean =>
  isThere(one, value) && one.guess.read(value.text) !== null;

const filled = ({ fields }: Inferred, { values }: SampleRecord): number =>
  fields.filter((one) => valid(one, values.get(one.name))).length;

/** Returns whether each value of a record is valid, and no required value is missing. */
const isClean = ({ fields }: Inferred, { values }: SampleRecord): boolean =>
  fields.every((one) => {
    const value = values.get(one.name);
    return valid(one, value) || !(one.required || isThere(one, value));
  });

/** Returns a record's values, with personal data replaced. A value whose replacement would be invalid becomes undefined. */
function shown(
  inferred: Inferred,
  { values }: SampleRecord,
  replacer: Replacer,
): Map<string, Value | undefined> {
  return new Map(
    inferred.fields.flatMap((one) => {
      const value = values.get(one.name);
      if (!values.has(one.name)) return [];
      if (!value) return [[one.name, undefined] as const];
      const safe = replacer.safe(one.name, value);
      // Values of an enumeration are not replaced, because the dataset's file contains them anyway.
      if (safe !== value && one.guess.code.startsWith('oneOf')) return [[one.name, value] as const];
      return [[one.name, valid(one, value) && !valid(one, safe) ? undefined : safe] as const];
    }),
  );
}

/** Returns the values as JSON. Numbers that JavaScript would round are text, which cleaning reads in the same way. */
function given(values: ReadonlyMap<string, Value | undefined>): Record<string, unknown> {
  return Object.fromEntries([...values].map(([name, value]) => [name, value ? plain(value) : null]));
}

function plain({ kind, text }: Value): unknown {
  if (kind === 'flag') return text === 'true';
  if (kind === 'number') return String(Number(text)) === text ? Number(text) : text;
  return text;
}

function expected(
  inferred: Inferred,
  values: ReadonlyMap<string, Value | undefined>,
): Record<string, unknown> {
  const cells = inferred.fields.map((one) => {
    const value = values.get(one.name);
    return [one.column, isThere(one, value) ? one.guess.read(value.text) : null] as const;
  });
  return Object.fromEntries(cells);
}

function whole(says: string, inferred: Inferred, record: SampleRecord, replacer: Replacer): RuleCase {
  const values = shown(inferred, record, replacer);
  return { says, given: given(values), expect: { ...expected(inferred, values), reasons: [], kept: true } };
}

/** Returns the case of a record in which one field has a placeholder or, without `placeholder`, an invalid value. */
function changed(
  inferred: Inferred,
  record: SampleRecord,
  replacer: Replacer,
  { name, column, guess }: InferredField,
  placeholder?: string,
): RuleCase {
  const all = shown(inferred, record, replacer);
  const names = [
    ...inferred.key.fields,
    ...inferred.fields.filter(({ required }) => required).map(({ name }) => name),
  ];
  const values = new Map(names.map((name) => [name, all.get(name)] as const));
  values.set(name, { kind: 'text', text: placeholder ?? 'something else' });
  const { description } = guess.rule;
  const [says, reasons] =
    placeholder === undefined
      ? [`a value that is not ${description} becomes NULL and is reported`, [`${name} is not ${description}`]]
      : [`the placeholder ${placeholder} becomes NULL`, []];
  return {
    says: `${name}: ${says}`,
    given: given(values),
    expect: { [column]: null, reasons, kept: true },
  };
}

function withoutKey(inferred: Inferred, record: SampleRecord, replacer: Replacer): RuleCase {
  const [name = ''] = inferred.key.fields;
  const values = shown(inferred, record, replacer);
  values.delete(name);
  return { says: `a record without ${name} is rejected`, given: given(values), expect: { kept: false } };
}
