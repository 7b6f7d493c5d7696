/** Finds the key of a sample's records by trying one field, several together, then all. */
import { number } from '../../src/format.ts';
import type { FieldGuess } from './guess/field.ts';
import { isBirth, isPersonal } from './personal.ts';
import type { FieldProfile, Profile } from './profile.ts';
import type { SampleRecord } from './value.ts';
import { has, hints, wordsOf } from './words.ts';

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

/**
 * Returns the key of a dataset, or undefined if almost every record has neither a field with a usable type nor its own time.
 * Identifiers are recognized by their name or form. Measures and times of change can be different in every record only by
 * chance, so they are used last.
 */
export function keyOf(dataset: string, profile: Profile, candidates: readonly Candidate[]): Key | undefined {
  const usable = candidates
    .filter(({ field, guess }) => isWhole(field, profile) && isKeyable(guess))
    .sort((a, b) => rank(dataset, b) - rank(dataset, a));
  // A date of birth neither identifies a record nor orders its versions.
  const times = candidates.filter(
    ({ field, guess }) =>
      TIME_TYPES.includes(guess.rule.type) && isWhole(field, profile) && !isBirth(field.name),
  );
  if (usable.length === 0 && !times.some(isUnique)) return undefined;
  const changes = times.filter(({ field }) => hints.changed(field.name));
  const events = times.filter((time) => !changes.includes(time));
  const [latest] = [...changes, ...events].map(({ field }) => field.name);
  const repeated = usable.filter((candidate) => !isUnique(candidate));
  const named = repeated.filter((candidate) => !isMeasure(candidate));
  const own = repeated.find((candidate) => rank(dataset, candidate) >= RANK_OWN);
  const versions = () =>
    own && latest !== undefined && isOftenDifferent(own, profile)
      ? versioned(own.field.name, latest, profile, usable)
      : undefined;
  const isVersion = changes.length > 0 || (own && isMostlyOnce(own.field.name, profile));
  return (
    alone(dataset, usable, events, profile) ??
    (own && !isMeasure(own) ? partOf(own, named, changes[0], profile) : undefined) ??
    (isVersion ? versions() : undefined) ??
    byForm(usable, profile) ??
    together(named.filter(isNumbered), SIZES, profile) ??
    versions() ??
    serial(repeated, profile) ??
    series(named, repeated, events, profile) ??
    byChance(events.find(isUnique)) ??
    together(named.filter(isShort), SIZES, profile) ??
    byChance(usable.find((candidate) => isUnique(candidate) && !isMeasure(candidate))) ??
    series(named, repeated, changes, profile) ??
    byChance(changes.find(isUnique)) ??
    together(repeated.filter(isShort), SIZES, profile) ??
    byChance(usable.find(isUnique)) ??
    leastWrong(own, latest, profile, usable)
  );
}

const isUnique = ({ field }: Candidate): boolean => field.unique !== undefined;
const isShort = ({ field }: Candidate): boolean => field.words <= 2;
const isInteger = ({ guess }: Candidate): boolean => ['INT', 'BIGINT'].includes(guess.rule.type);
const isNumbered = ({ field }: Candidate): boolean => hints.id(field.name) || hints.ordinal(field.name);

/** Returns whether a number is neither an id nor a count of records, and does not stand for a thing, such as a store. */
const isMeasure = (candidate: Candidate): boolean =>
  isInteger(candidate) && !isNumbered(candidate) && !hints.open(wordsOf(candidate.field.name).at(-1) ?? '');

/** Returns the field that is the best identifier by its name, if it is different in every record. */
function alone(
  dataset: string,
  usable: readonly Candidate[],
  events: readonly Candidate[],
  profile: Profile,
): Key | undefined {
  const { records } = profile;
  const best = usable.find((candidate) => isUnique(candidate) && looksLikeKey(candidate));
  if (!best) return undefined;
  const { name, values, unique } = best.field;
  const tried = unique?.size ?? values;
  const lacking = records - values;
  const isFew = records < FEW;
  const isOther = rank(dataset, best) === RANK_SHARED;
  const moment = events.find(isUnique) ?? events[0];
  if (isOther && moment) return together([best], [1], profile, [moment.field.name]);
  const reason = [
    values === 1
      ? `${name} is in the only record`
      : `${name} is different in each of ${tried < values ? 'the first ' : ''}${number(tried)} records`,
    ...(isFew && values > 1 ? ['which are few'] : []),
    ...(isOther ? ['although by its name several records can have the same'] : []),
    ...(lacking > 0 ? [`and records without it are rejected (${lacking} in the sample)`] : []),
  ].join(', ');
  return { fields: [name], reason, isUnsure: isFew || isOther };
}

/**
 * Returns the dataset's own id together with the number of a line, or with another id or a place, such as the order and the
 * line. If there is a time of change, only the number of a line is tried: it is the same in all versions of a row, but an id
 * or a place may be what has changed.
 */
function partOf(
  own: Candidate,
  named: readonly Candidate[],
  changed: Candidate | undefined,
  profile: Profile,
): Key | undefined {
  const others = named.filter(({ field }) => field !== own.field && !hints.changed(field.name));
  const isPart = !changed && !isMostlyOnce(own.field.name, profile);
  const parts = new Set([
    ...others.filter(({ field }) => hints.line(field.name)),
    ...others.filter((other) => isPart && isOtherId(other)),
    ...others.filter((other) => isPart && isPlace(other)),
  ]);
  const isPair = ([first]: readonly string[]) => first === own.field.name;
  const key = together([own, ...parts], [2], profile, [], isPair);
  return key && changed ? { ...key, latestBy: changed.field.name } : key;
}

/** If a sample has fewer records, the form of its first field shows nothing. */
const ENOUGH = 20;

/** Returns the first field if it has the form of an identifier, whatever its language: one word, or consecutive numbers. */
function byForm(usable: readonly Candidate[], { fields, records }: Profile): Key | undefined {
  const [first] = fields.values();
  const found = usable.find(({ field }) => field === first);
  if (!found || !isUnique(found) || records < ENOUGH) return undefined;
  const { name, words, forms, least, most, values } = found.field;
  if (isPersonal(name) || hints.open(name) || hints.ordinal(name)) return undefined;
  const isForm = isInteger(found)
    ? least !== undefined && most !== undefined && most - least < 2 * values
    : words <= 1 && ![...forms.keys()].some((form) => /^(almost|pattern)/.test(form));
  return isForm ? byChance(found) : undefined;
}

/** Returns a field and a number that counts its records, such as a shop and the number of its receipt. */
function serial(repeated: readonly Candidate[], profile: Profile): Key | undefined {
  const integers = new Map(repeated.filter(isInteger).map((found) => [found.field.name, found]));
  const counts = (name: string, other: string) => {
    const found = integers.get(name);
    return found !== undefined && (isNumbered(found) || isConsecutive(name, other, profile));
  };
  const fits = ([one = '', two = '']: readonly string[]) => counts(one, two) || counts(two, one);
  return together(
    repeated.filter((found) => isInteger(found) || isShort(found)),
    [2],
    profile,
    [],
    fits,
  );
}

/** Returns whether the numbers of the records with the same value of `other` follow each other almost without a gap. */
function isConsecutive(name: string, other: string, { kept }: Profile): boolean {
  const ranges = new Map<string | undefined, [least: number, most: number]>();
  for (const { values } of kept) {
    const group = values.get(other)?.text;
    const at = Number(values.get(name)?.text);
    const [least, most] = ranges.get(group) ?? [at, at];
    ranges.set(group, [Math.min(least, at), Math.max(most, at)]);
  }
  const span = [...ranges.values()].reduce((sum, [least, most]) => sum + most - least + 1, 0);
  return ranges.size * 2 <= kept.length && span <= kept.length * 1.1;
}

/**
 * Returns fields and a time. One series has its own time in every record; of several series, such as sensors, records may
 * have the same time.
 */
function series(
  named: readonly Candidate[],
  repeated: readonly Candidate[],
  times: readonly Candidate[],
  profile: Profile,
): Key | undefined {
  const things = named.filter((found) => isShort(found) && !hints.ordinal(found.field.name));
  const names = new Set(things.map(({ field }) => field.name));
  const isOne = times.some(isUnique);
  const fits = (some: readonly string[]) => !isOne || some.some((name) => names.has(name));
  for (const from of isOne ? [named] : [named, repeated])
    for (const { field } of times) {
      const key = together(from, [1, 2], profile, [field.name], fits);
      if (key) return key;
    }
  return undefined;
}

/** Returns an id that repeats, or all fields together, if no field or combination is different in every record. */
function leastWrong(
  own: Candidate | undefined,
  latest: string | undefined,
  profile: Profile,
  usable: readonly Candidate[],
): Key {
  const id = own ?? usable.find(({ field }) => hints.id(field.name));
  if (id) return versioned(id.field.name, latest, profile, usable);
  const all = usable.slice(0, MAX_TRIED).map(({ field }) => field.name);
  const [are, them] =
    all.length === 1 ? [`${all[0]} is`, 'it'] : [`${all.length} fields together are`, 'them'];
  return {
    fields: all,
    reason: `no field identifies a record, so ${are} used: records that are equal in ${them} become one row`,
    isUnsure: true,
  };
}

function byChance(found: Candidate | undefined): Key | undefined {
  if (!found) return undefined;
  const { name } = found.field;
  const but = TIME_TYPES.includes(found.guess.rule.type) ? '' : ', although its name does not suggest a key';
  return { fields: [name], reason: `${name} is different in every record${but}`, isUnsure: true };
}

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
const RANK_INDEX = 50;
const RANK_SHARED = 30;

/** Ids that several records usually have, in addition to those of persons, devices and sessions. */
const isShared = has('trace parent correlation group batch');

/**
 * Returns how well a field suits a key. The best name is `id`, followed by the dataset's own id, such as `order_id` in the
 * dataset `orders`.
 */
function rank(dataset: string, candidate: Candidate): number {
  const { field } = candidate;
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
  if (own.includes(name) && !hints.money(name)) return 80;
  if (/^(index|ind|idx|row id)$/.test(name)) return RANK_INDEX;
  if (isId) return isPersonal(field.name) || isShared(field.name) ? RANK_SHARED : 40;
  if (isMeasure(candidate)) return 5;
  return field.kinds.number > 0 || field.words <= 1 ? 10 : 0;
}

/** Returns whether a field is a plausible key. In a small sample, all amounts, times or sentences can be distinct by chance. */
const looksLikeKey = (candidate: Candidate): boolean => rank('', candidate) >= RANK_SHARED;

/** Returns whether values repeat, but not often. */
const isOftenDifferent = ({ field }: Candidate, { records }: Profile): boolean =>
  field.hasMoreDistinct || field.distinct.size > records / 3;

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

/** Returns another id, or a field such as a shop with few short texts, in which records with the same value of `name` differ. */
function placeIn(name: string, usable: readonly Candidate[], { kept }: Profile): string | undefined {
  const differences = (names: readonly string[]) =>
    new Set(kept.map(({ values }) => JSON.stringify(names.map((name) => values.get(name)?.text)))).size;
  const places = usable.filter((other) => other.field.name !== name && (isPlace(other) || isOtherId(other)));
  return places.find(({ field }) => differences([name, field.name]) > differences([name]))?.field.name;
}

const isOtherId = ({ field }: Candidate): boolean =>
  hints.id(field.name) && !hints.state(field.name) && !hints.changed(field.name);

const isPlace = ({ field, guess }: Candidate): boolean =>
  guess.rule.type === 'STRING' && hints.open(field.name) && field.words <= 2 && !field.hasMoreDistinct;

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
