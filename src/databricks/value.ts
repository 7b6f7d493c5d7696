/** SQL values in JavaScript. Values that no JavaScript type can hold are text, in the form of Spark's `CAST(… AS STRING)`. */

export type SqlValue = null | boolean | number | bigint | string | Buffer | readonly SqlValue[] | SqlEntries;

/** The fields of a STRUCT or entries of a MAP, in order: a STRUCT may repeat names, a MAP may have keys of any type. */
export class SqlEntries {
  readonly entries: readonly (readonly [key: SqlValue, value: SqlValue])[];

  constructor(entries: readonly (readonly [key: SqlValue, value: SqlValue])[]) {
    this.entries = entries;
  }
}

/** The period after which the Gregorian calendar repeats, including weekdays. */
const CYCLE_YEARS = 400;
const CYCLE_DAYS = 146_097;
const DAY_MS = 86_400_000;
const DAY_MICROS = 86_400_000_000n;

/** Returns a DATE as `2020-02-29` from its days since 1970. Spark's dates exceed the range of a JavaScript Date. */
export function dateText(days: number): string {
  const cycle = Math.floor(days / CYCLE_DAYS);
  const date = new Date((days - cycle * CYCLE_DAYS) * DAY_MS);
  const year = date.getUTCFullYear() + cycle * CYCLE_YEARS;
  const sign = year < 0 ? '-' : year > 9999 ? '+' : '';
  return `${sign}${String(Math.abs(year)).padStart(4, '0')}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/** Returns a time in ISO 8601 without a zone from its microseconds since 1970: `2020-02-29T23:59:59.5`. */
export function timeText(micros: bigint): string {
  const inDay = ((micros % DAY_MICROS) + DAY_MICROS) % DAY_MICROS;
  const seconds = Number(inDay / 1_000_000n);
  const fraction = String(inDay % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '');
  const clock = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => two(Math.floor(part)));
  const text = `${dateText(Number((micros - inDay) / DAY_MICROS))}T${clock.join(':')}`;
  return fraction ? `${text}.${fraction}` : text;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Returns the double with the fewest digits that rounds to this FLOAT: 0.1, not 0.10000000149011612. */
export function floatValue(float: number): number {
  // toPrecision would lose the sign of -0.
  if (float === 0) return float;
  for (let digits = 1; digits < 9; digits += 1) {
    const shorter = Number(float.toPrecision(digits));
    if (Math.fround(shorter) === float) return shorter;
  }
  return Number.isFinite(float) ? Number(float.toPrecision(9)) : float;
}

/** Returns a DECIMAL as text from its unscaled value: 5 with scale 2 is `0.05`. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Returns a BIGINT as a number if that is exact, otherwise as a bigint. */
export function integerValue(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
