/** Rules for numbers and booleans. */
import { AppError } from '../../errors.ts';
import type { Rule } from '../dataset.ts';
import { wholeText } from './canonical.ts';

/** A number in JSON's syntax, also with leading zeros. */
const NUMBER = String.raw`r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'`;

const RANGES = {
  INT: [-(2n ** 31n), 2n ** 31n - 1n],
  BIGINT: [-(2n ** 63n), 2n ** 63n - 1n],
} as const;

/** The maximum number of digits of a DECIMAL in Spark. */
const MAX_PRECISION = 38;

const refused = (rule: string, expected: string): AppError =>
  new AppError('DATASET', `${rule} can't be a rule: expected ${expected}.`);

/**
 * Returns a rule for a whole number between two bounds in the range of INT, written `12` or `12.0`.
 * @throws AppError if the bounds are not whole numbers in that range
 */
export const wholeNumber = (least: number, most: number): Rule => whole('INT', least, most);

/**
 * Returns a rule for a whole number between two bounds in the range of BIGINT, written `12` or `12.0`. Bounds beyond 2^53 must
 * be bigint or text.
 * @throws AppError if the bounds are not whole numbers in that range
 */
export const bigNumber = (least: Bound = RANGES.BIGINT[0], most: Bound = RANGES.BIGINT[1]): Rule =>
  whole('BIGINT', least, most);

type Bound = bigint | number | string;

function whole(type: 'INT' | 'BIGINT', from: Bound, to: Bound): Rule {
  const [lowest, highest] = RANGES[type];
  const [least, most] = [from, to].map(wholeValue);
  if (least === undefined || most === undefined || least > most || least < lowest || most > highest)
    throw refused(
      `A whole number from ${from} to ${to}`,
      `bounds in the range of ${type}, ${lowest} to ${highest}, the lower one first`,
    );
  const example = (n: number): unknown => {
    const nth = least + (BigInt(n) % (most - least + 1n));
    return Number.isSafeInteger(Number(nth)) ? Number(nth) : String(nth);
  };
  return {
    description: `a whole number from ${least} to ${most}`,
    type,
    sql: (text) => wholeSql(text, type, [least, most]),
    canFail: true,
    canonical: wholeText,
    example,
  };
}

/** Returns SQL for a whole number between two bounds, converted by `convert`; NULL if the text is not such a number. */
export function wholeSql(
  text: string,
  type: 'INT' | 'BIGINT',
  [least, most]: readonly [bigint, bigint],
  convert = (value: string) => value,
): string {
  const sign = least < 0n ? '-?' : '';
  const value = `try_cast(split_part(${text}, '.', 1) AS ${type})`;
  const [lowest, highest] = RANGES[type];
  // No check is needed for a bound that the type or the missing sign already implies.
  const bounded =
    (least === 0n || least === lowest) && most === highest
      ? ''
      : ` AND ${value} BETWEEN ${least} AND ${most}`;
  return [
    String.raw`CASE WHEN ${text} RLIKE r'^${sign}\d+(\.0+)?\z'${bounded}`,
    `  THEN ${convert(value)} END`,
  ].join('\n');
}

function wholeValue(bound: Bound): bigint | undefined {
  if (typeof bound === 'number' ? !Number.isSafeInteger(bound) : !/^-?\d+$/.test(String(bound)))
    return undefined;
  return BigInt(bound);
}

/** The number of a post: any whole number from 0 that an INT can hold. */
export const postNumber = wholeNumber(0, Number(RANGES.INT[1]));

/**
 * Returns a rule for a number of at most `precision` digits, `scale` of them after the point, written without an exponent. A
 * number that would have to be rounded is invalid; trailing zeros don't count.
 * @throws AppError if Spark has no such DECIMAL
 */
export function decimal(precision: number, scale: number): Rule {
  const whole = precision - scale;
  if (
    ![precision, scale].every(Number.isInteger) ||
    precision < 1 ||
    precision > MAX_PRECISION ||
    scale < 0 ||
    whole < 0
  )
    throw refused(
      `DECIMAL(${precision},${scale})`,
      `1 to ${MAX_PRECISION} digits, of which 0 to all are after the point`,
    );
  const before = whole === 0 ? '0+' : String.raw`0*\d{1,${whole}}`;
  const after = scale === 0 ? String.raw`(\.0+)?` : String.raw`(\.\d{1,${scale}}0*)?`;
  return {
    description: `a number of at most ${precision} digits${scale > 0 ? `, ${scale} of them after the point` : ''}`,
    type: `DECIMAL(${precision},${scale})`,
    sql: (text) =>
      `CASE WHEN ${text} RLIKE r'^-?${before}${after}\\z' THEN try_cast(${text} AS DECIMAL(${precision},${scale})) END`,
    canFail: true,
    example: (n) => decimalExample(n, precision, scale),
  };
}

/** Returns an example as text, because JSON might write the number with an exponent. */
function decimalExample(n: number, precision: number, scale: number): string {
  const digits = String(BigInt(n) % 10n ** BigInt(precision)).padStart(scale + 1, '0');
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** A number in the range of DOUBLE, rounded to the nearest DOUBLE: not NaN or Infinity, and not beyond 1.8E308. */
export const double: Rule = {
  description: 'a number such as 7, -0.25 or 6.02e23',
  type: 'DOUBLE',
  sql: (text) => inRange(text, '1.7976931348623157E308'),
  canFail: true,
  example: (n) => n / 100,
};

/** Returns a rule for an angle in degrees, at most `limit` away from 0. */
export function degrees(limit: number): Rule {
  return {
    description: `a number of degrees from -${limit} to ${limit}`,
    type: 'DOUBLE',
    sql: (text) => inRange(text, String(limit)),
    canFail: true,
    example: (n) => (n % (2 * limit + 1)) - limit,
  };
}

const inRange = (text: string, limit: string): string =>
  [
    `CASE WHEN ${text} RLIKE ${NUMBER}`,
    `  AND try_cast(${text} AS DOUBLE) BETWEEN -${limit} AND ${limit} THEN try_cast(${text} AS DOUBLE) END`,
  ].join('\n');

/** `true` and `false` as in JSON, or 1 and 0, which databases without a boolean type write. */
export const flag: Rule = {
  description: 'true or false, or 1 or 0',
  type: 'BOOLEAN',
  sql: (text) => `CASE WHEN ${text} IN ('true', '1') THEN true WHEN ${text} IN ('false', '0') THEN false END`,
  canFail: true,
  example: (n) => n % 2 === 1,
};
