/** Finds the key of a sample's records by trying one field, several together, then all. */
import { number } from '../../src/format.ts';
import type { FieldGuess } from './guess/field.ts';
import { isBirth } from './personal.ts';
import type { FieldProfile, Profile } from './profile.ts';
import type { SampleRecord } from './value.ts';
import { hints, wordsOf } from './words.ts';

export interface Candidate {
  readonly field: FieldProfile;
  readonly guess: FieldGuess;
}

export interface Key {
  readonly fields: readonly string[];
  readonly latestBy?: string;
  /** Why this key was chosen, in one sentence. */
  readonly reason: string;
  /** True if the user should check the key. */
  readonly isUnsure: boolean;
}

/** How many fields a key can combine, and how many fields are tried. */
const SIZES = [2, 3];
const MAX_TRIED = 12;

/** If there are fewer records, the key is uncertain. */
const FEW = 5;

const KEY_TYPES = ['INT', 'BIGINT', 'STRING'];
const TIME_TYPES = ['TIMESTAMP', 'DATE'];

/** Returns the key of a dataset, or undefined if almost every record has neither a field with a usable type nor its own time. */
export function keyOf(dataset: string, profile: Profile, candidates: readonly Candidate[]): Key | undefined {
  const usable = candidates
    .filter(({ field, guess }) => isWhole(field, profile) && isKeyable(guess))
    .sort((a, b) => rank(dataset, b.field) - rank(dataset, a.field));
  // A date of birth neither identifies a record nor orders its versions.
  const times = candidates.filter(
    ({ field, guess }) =>
      TIME_TYPES.includes(guess.rule.type) && isWhole(field, profile) && !isBirth(field.name),
  );
  const moment = times.find(({ field }) => field.unique);
  if (usable.length === 0 && !moment) return undefined;
  const alone = usable.filter(({ field }) => field.unique && looksLikeKey(field));
  const time = changedBy(times);
  const [best] = alone;
  if (best) {
    const few = profile.records < FEW;
    const { name, values, unique } = best.field;
    const tried = unique?.size ?? values;
    const lacking = profile.records - values;
    const reason = [
      values === 1
        ? `${name} is in the only record`
        : `${name} is different in each of ${tried < values ? 'the first ' : ''}${number(tried)} records`,
      ...(few && values > 1 ? ['which are few'] : []),
      ...(lacking > 0 ? [`and records without it are rejected (${lacking} in the sample)`] : []),
    ].join(', ');
    return { fields: [name], reason, isUnsure: few };
  }
  const own = usable.find(({ field }) => rank(dataset, field) >= RANK_OWN && isRepeated(field, profile));
  if (own && time && (hints.changed(time) || isMostlyOnce(own.field.name, profile)))
    return versioned(own.field.name, time, profile, usable);
  const repeated = usable.filter(({ field }) => !field.unique);
  const numbered = repeated.filter(
    ({ field, guess }) => hints.id(field.name) || guess.rule.type !== 'STRING',
  );
  const ids = together(numbered, SIZES, profile);
  if (ids) return ids;
  if (own && time) return versioned(own.field.name, time, profile, usable);
  // Such as a shop and the number of its receipt.
  const integers = repeated.filter(({ guess }) => isInteger(guess)).map(({ field }) => field.name);
  const serial = together(
    repeated.filter(({ field, guess }) => isInteger(guess) || field.words <= 2),
    [2],
    profile,
    [],
    (names) => names.filter((name) => integers.includes(name)).length === 1,
  );
  if (serial) return serial;
  // One series has its own time in every record; of several series, such as sensors, records may have the same time.
  const series = repeated
    .filter(({ field, guess }) => hints.id(field.name) || (guess.rule.type === 'STRING' && field.words <= 2))
    .map(({ field }) => field.name);
  const timed =
    time &&
    together(
      repeated,
      [1, 2],
      profile,
      [time],
      (names) => !moment || names.some((name) => series.includes(name)),
    );
  if (timed) return timed;
  if (moment) return byChance(moment, '');
  const any = together(
    repeated.filter(({ field }) => field.words <= 2),
    SIZES,
    profile,
  );
  if (any) return any;
  const chance = usable.find(({ field }) => field.unique);
  if (chance) return byChance(chance, ', although its name does not suggest a key');
  const id = own ?? usable.find(({ field }) => hints.id(field.name));
  if (id) return versioned(id.field.name, time, profile, usable);
  const all = usable.slice(0, MAX_TRIED).map(({ field }) => field.name);
  const [are, them] =
    all.length === 1 ? [`${all[0]} is`, 'it'] : [`${all.length} fields together are`, 'them'];
  return {
    fields: all,
    reason: `no field identifies a record, so ${are} used: records that are equal in ${them} become one row`,
    isUnsure: true,
  };
}

const byChance = ({ field }: Candidate, but: string): Key => ({
  fields: [field.name],
  reason: `${field.name} is different in every record${but}`,
  isUnsure: true,
});

/** Maximum share of records without the key; cleaning rejects these records. */
const LACKING = 0.01;

const isWhole = ({ values }: FieldProfile, { records }: Profile): boolean =>
  records - values <= records * LACKING;

/** If at least this share of a field's values is distinct, most records are the only version of their row. */
const ONCE = 0.8;

function isMostlyOnce(name: string, { kept }: Profile): boolean {
  const different = new Set(kept.map(({ values }) => values.get(name)?.text));
  return different.size >= kept.length * ONCE;
}

/** Returns whether a field with this rule can be a key. E-mail addresses, URLs and JSON texts can't be keys. */
const isKeyable = ({ rule, code }: FieldGuess): boolean =>
  KEY_TYPES.includes(rule.type) && !['json', 'url', 'email'].includes(code);

const RANK_OWN = 60;

/**
 * Returns how well a field's name suits a key. The best name is `id`, followed by the dataset's own id, such as `order_id`
 * in the dataset `orders`.
 */
function rank(dataset: string, field: FieldProfile): number {
  const words = wordsOf(field.name);
  const own = wordsOf(dataset).flatMap((word) => [
    word,
    word.replace(/s$/, ''),
    word.replace(/ies$/, 'y'),
    word.replace(/es$/, ''),
  ]);
  const name = words.join(' ');
  const isId = hints.id(field.name) || field.count('uuid') === field.values;
  if (['id', 'uuid', 'guid', 'key', 'event id'].includes(name)) return 100;
  if (isId && words.some((word) => own.includes(word))) return 90;
  if (own.includes(name)) return 80;
  if (/^(index|ind|idx|rowid|row id)$/.test(name)) return 50;
  if (isId) return 40;
  return field.kinds.number > 0 || field.words <= 1 ? 10 : 0;
}

/** Returns whether a field is a plausible key. In a small sample, all amounts, times or sentences can be distinct by chance. */
const looksLikeKey = (field: FieldProfile): boolean =>
  hints.id(field.name) || field.count('uuid') === field.values || rank('', field) >= 50;

/** Returns whether values repeat, but not often. */
const isRepeated = (field: FieldProfile, { records }: Profile): boolean =>
  !field.unique && (field.hasMoreDistinct || field.distinct.size > records / 3);

/** Returns the time field that orders the versions of a row, or undefined if there is none. */
function changedBy(times: readonly Candidate[]): string | undefined {
  const changed = times.find(({ field }) => hints.changed(field.name)) ?? times[0];
  return changed?.field.name;
}

function versioned(
  name: string,
  time: string | undefined,
  profile: Profile,
  usable: readonly Candidate[],
): Key {
  const base = `${name} occurs more than once`;
  if (time === undefined)
    return {
      fields: [name],
      reason: `${base}, and no time orders its versions: the latest arrival is the latest version`,
      isUnsure: true,
    };
  // If many values repeat, they may be unique only per shop, and different rows would be superseded as versions of one row.
  const isOften = !isMostlyOnce(name, profile);
  const place = isOften ? placeIn(name, usable, profile) : undefined;
  const differ =
    place === undefined ? '' : `; records of one ${name} differ in ${place}, which may be part of the key`;
  return {
    fields: [name],
    latestBy: time,
    reason: `${base}: the greatest ${time} is the latest version${differ}`,
    isUnsure: isOften || profile.records < FEW || !hints.changed(time),
  };
}

/** Returns a field such as a shop, with few short texts, in which records with the same value of `name` differ. */
function placeIn(name: string, usable: readonly Candidate[], { kept }: Profile): string | undefined {
  const differences = (names: readonly string[]) =>
    new Set(kept.map(({ values }) => JSON.stringify(names.map((name) => values.get(name)?.text)))).size;
  const places = usable.filter(
    ({ field, guess }) =>
      field.name !== name &&
      guess.rule.type === 'STRING' &&
      hints.open(field.name) &&
      field.words <= 2 &&
      !field.hasMoreDistinct,
  );
  return places.find(({ field }) => differences([name, field.name]) > differences([name]))?.field.name;
}

/**
 * Returns a key of several fields that together identify a record, or undefined. `sizes` lists how many fields are combined,
 * in the order in which the sizes are tried. `usable` begins with the likeliest fields. The fields in `time` are added to each
 * combination: for example, a sensor and a time together identify a reading.
 */
function together(
  usable: readonly Candidate[],
  sizes: readonly number[],
  { fields: profiles, kept, records }: Profile,
  time: readonly string[] = [],
  fits: (names: readonly string[]) => boolean = () => true,
): Key | undefined {
  const names = usable.slice(0, MAX_TRIED).map(({ field }) => field.name);
  const looked = kept.length < records ? `the first ${number(kept.length)} records` : 'every record';
  for (const size of sizes)
    for (const some of combinations(names, size)) {
      const fields = [...some, ...time];
      if (!fits(some) || !tellApart(fields, kept)) continue;
      const but = fields.some((name) => profiles.get(name)?.unique) ? '' : ', but no single field is';
      const reason = `${fields.join(' and ')} together are different in ${looked}${but}`;
      return { fields, reason, isUnsure: true };
    }
  return undefined;
}

const isInteger = ({ rule }: FieldGuess): boolean => rule.type === 'INT' || rule.type === 'BIGINT';

function* combinations(names: readonly string[], size: number, from = 0): Generator<string[]> {
  if (size === 0) return yield [];
  for (let at = from; at < names.length; at++)
    for (const rest of combinations(names, size - 1, at + 1)) yield [names[at] as string, ...rest];
}

function tellApart(names: readonly string[], records: readonly SampleRecord[]): boolean {
  const seen = new Set<string>();
  for (const { values } of records) {
    const text = JSON.stringify(names.map((name) => values.get(name)?.text));
    if (seen.has(text)) return false;
    seen.add(text);
  }
  return true;
}
