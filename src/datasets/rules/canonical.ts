/**
 * Returns canonical forms: the same text for all forms of a value, so that keys can be compared before Spark reads them.
 * A canonical form is null if the text is not a value.
 */

/** Whole numbers as cleaning reads them, `7` and `7.0`, also with leading zeros. */
const WHOLE_NUMBER = /^(-?)0*(\d+)(\.0+)?$/;

/**
 * Returns the canonical form of a whole number. Numbers beyond 2^53 are rounded as JavaScript's JSON parser rounds them,
 * so that a number has the same form with and without quotation marks in the record. Several of these numbers then have
 * the same form.
 */
export function wholeText(text: string): string | null {
  const [, sign = '', digits] = WHOLE_NUMBER.exec(text) ?? [];
  if (digits === undefined) return /^-?[\d.]+e\+\d+$/.test(text) ? String(BigInt(Number(text))) : null;
  const number = Number(digits);
  return (digits === '0' ? '' : sign) + (Number.isSafeInteger(number) ? digits : BigInt(number));
}

const OFFSET = /([Zz]|[-+]\d\d:?\d\d)$/;

/** Returns a time with an offset as milliseconds since 1970, because offsets may differ; returns any other text unchanged. */
export const timeText = (text: string): string => (OFFSET.test(text) ? String(Date.parse(text)) : text);

/** Returns `2019-06-03 06:29:14` for `2019:06:03 06:29:14` and `2019-06-03T06:29:14`. */
export const momentText = (text: string): string =>
  `${text.slice(0, 10).replaceAll(':', '-')} ${text.slice(11)}`;
