/** Guesses the rules of numbers and flags. */
import { bigNumber, decimal, degrees, double, flag, wholeNumber } from '../../../src/datasets/rules.ts';
import type { FieldProfile } from '../profile.ts';
import { hints } from '../words.ts';
import { customGuess, type Guess, guessOf, mostly } from './guess.ts';
import { perhapsEpoch } from './times.ts';

const INT_MAX = 2_147_483_647;
const BIGINT_MAX = 2n ** 63n - 1n;
const MAX_PRECISION = 38;

/** Maximum number of decimal places of an amount of money. A number with more decimal places is a measurement. */
const MAX_SCALE = 4;
/** Number of additional digits, for amounts that are larger than those in the sample. */
const ROOM = 3;
const MIN_PRECISION = 12;

export function guessFlag(field: FieldProfile): Guess | undefined {
  const { values, distinct, name, least, most, scale } = field;
  const numbers = field.count('double');
  const isBits = least === 0n && most === 1n && scale === 0 && field.count('decimal') === numbers;
  // Other numbers among many 0 and 1 are quantities, not flaws of a flag.
  if (mostly(field, numbers) && !(hints.flag(name) && isBits)) return undefined;
  if (mostly(field, field.count('flag')))
    return guessOf('flag', flag, (text) => flagOf(text, ['true', '1'], ['false', '0']));
  if (field.hasMoreDistinct || values === 0 || field.count('yesNo') + field.count('flag') < values)
    return undefined;
  const seen = [...distinct.keys()].map((text) => text.toLowerCase());
  const pairs = [
    ['yes', 'no'],
    ['y', 'n'],
    ['t', 'f'],
    ['true', 'false'],
  ] as const;
  const pair = pairs.find((pair) => seen.every((text) => pair.includes(text as never)));
  if (!pair || (pair[0].length === 1 && distinct.size < 2)) return undefined;
  const [yes, no] = pair;
  const sql = `CASE lower({text}) WHEN '${yes}' THEN true WHEN '${no}' THEN false END`;
  return customGuess([sql, 'BOOLEAN', `${yes} or ${no}`, [yes, no]], (text) =>
    flagOf(text.toLowerCase(), [yes], [no]),
  );
}

const flagOf = (text: string, yes: readonly string[], no: readonly string[]) =>
  yes.includes(text) ? true : no.includes(text) ? false : null;

export function guessNumber(field: FieldProfile): Guess | undefined {
  if (mostly(field, field.count('double')) && field.count('decimal') < field.count('double'))
    return doubleGuess(field);
  if (field.least === undefined || field.most === undefined) return undefined;
  if (!mostly(field, field.count('decimal'))) return undefined;
  const angle = angleOf(field, field.least, field.most);
  if (angle) return angle;
  const isWhole = field.count('whole') === field.count('decimal');
  const isMoney = hints.money(field.name) && field.scale <= MAX_SCALE;
  if (isMoney || (!isWhole && field.scale === 2 && field.leastScale === 2 && field.values >= 3))
    return decimalGuess(field, isWhole);
  return isWhole ? wholeGuess(field, field.least, field.most) : doubleGuess(field);
}

/** Any two numbers with up to 15 digits are different DOUBLEs; programs write a DOUBLE with up to 17 digits. */
const MAX_DOUBLE_DIGITS = 17;

const doubleGuess = ({ digits }: FieldProfile): Guess =>
  guessOf(
    'double',
    double,
    readDouble,
    ...(digits > MAX_DOUBLE_DIGITS
      ? [`${digits} digits, of which a DOUBLE loses some: \`text\` or \`decimal\` keeps them`]
      : []),
  );

const readDouble = (text: string): number | null =>
  /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) && Number.isFinite(Number(text)) ? Number(text) : null;

function angleOf({ name, scale }: FieldProfile, least: bigint, most: bigint): Guess | undefined {
  const limit = hints.latitude(name) ? 90 : hints.longitude(name) ? 180 : undefined;
  if (limit === undefined || scale === 0 || least < -limit || most >= limit) return undefined;
  return guessOf(`degrees(${limit})`, degrees(limit), (text) => {
    const number = readDouble(text);
    return number !== null && Math.abs(number) <= limit ? number : null;
  });
}

function decimalGuess(field: FieldProfile, isWhole: boolean): Guess | undefined {
  const scale = Math.max(2, field.scale);
  const precision = Math.max(MIN_PRECISION, field.wholeDigits + scale + ROOM);
  if (precision > MAX_PRECISION) return undefined;
  const doubts = isWhole ? ['only whole numbers in the sample, but an amount of money by its name'] : [];
  const form = new RegExp(String.raw`^-?0*\d{1,${precision - scale}}(\.\d{1,${scale}}0*)?$`);
  const read = (text: string): Cell => (form.test(text) ? fixed(text, scale) : null);
  return guessOf(`decimal(${precision}, ${scale})`, decimal(precision, scale), read, ...doubts);
}

type Cell = string | null;

/** Returns a decimal as a table shows it, with all its decimal places. */
function fixed(text: string, scale: number): string {
  const [whole = '', fraction = ''] = text.replace(/^(-?)0+(?=\d)/, '$1').split('.');
  const places = fraction.slice(0, scale).padEnd(scale, '0');
  const sign = whole.startsWith('-') && /^0*$/.test(whole.slice(1) + places) ? whole.slice(1) : whole;
  return scale === 0 ? sign : `${sign}.${places}`;
}

function wholeGuess(field: FieldProfile, least: bigint, most: bigint): Guess | undefined {
  const bounds = boundsOf(field, least, most);
  const doubts: string[] = [];
  if (field.distinct.size === 2 && [...field.distinct.keys()].every((text) => text === '0' || text === '1'))
    doubts.push('only 0 and 1 in the sample: perhaps it is a flag');
  const time = perhapsEpoch(field);
  if (time !== undefined) doubts.push(time);
  if (bounds) {
    const [from, to] = bounds;
    return guessOf(
      `wholeNumber(${from === -INT_MAX ? '-INT_MAX' : from}, ${to === INT_MAX ? 'INT_MAX' : to})`,
      wholeNumber(from, to),
      (text) => inBounds(text, BigInt(from), BigInt(to)),
      ...doubts,
    );
  }
  if (most <= BIGINT_MAX && least >= -BIGINT_MAX) {
    const from = least < 0n ? undefined : 0;
    const rule = from === undefined ? bigNumber() : bigNumber(from);
    const lowest = from === undefined ? -BIGINT_MAX - 1n : 0n;
    const read = (text: string) => inBounds(text, lowest, BIGINT_MAX);
    return guessOf(`bigNumber(${from ?? ''})`, rule, read, ...doubts);
  }
  if (hints.id(field.name) || field.wholeDigits > MAX_PRECISION) return undefined;
  return guessOf(
    `decimal(${MAX_PRECISION}, 0)`,
    decimal(MAX_PRECISION, 0),
    (text) => (/^-?\d{1,38}(\.0+)?$/.test(text) ? fixed(text, 0) : null),
    'too large for a BIGINT',
  );
}

function inBounds(text: string, least: bigint, most: bigint): string | number | null {
  if (!/^-?\d+(\.0+)?$/.test(text)) return null;
  const number = BigInt(text.split('.')[0] ?? '');
  if (number < least || number > most) return null;
  return Number.isSafeInteger(Number(number)) ? Number(number) : String(number);
}

/** Returns plausible bounds for an INT, or undefined if a value of the sample is outside the range of INT. */
function boundsOf({ name }: FieldProfile, least: bigint, most: bigint): [number, number] | undefined {
  if (least < -INT_MAX || most > INT_MAX) return undefined;
  const believed = hints.age(name) ? 120 : hints.percent(name) ? 100 : undefined;
  if (believed !== undefined && least >= 0n && most <= believed) return [0, believed];
  return [least < 0n ? -INT_MAX : 0, INT_MAX];
}
