/** One text for all forms of a value: what tells keys apart before Spark reads them. Null where the text is no such value. */

/** Whole numbers as cleaning reads them, `7` and `7.0`, with zeros in front too. */
const WHOLE_NUMBER = /^(-?)0*(\d+)(\.0+)?$/;

/** As JSON's reader here has it, also of text: beyond 2^53 several numbers share a text. */
export function wholeText(text: string): string | null {
  const [, sign = '', digits] = WHOLE_NUMBER.exec(text) ?? [];
  if (digits === undefined) return /^-?[\d.]+e\+\d+$/.test(text) ? String(BigInt(Number(text))) : null;
  const number = Number(digits);
  return (digits === '0' ? '' : sign) + (Number.isSafeInteger(number) ? digits : BigInt(number));
}

const OFFSET = /([Zz]|[-+]\d\d:?\d\d)$/;

/** Milliseconds since 1970 of a time with its offset, since one time may be written with several; another time is its text. */
export const timeText = (text: string): string => (OFFSET.test(text) ? String(Date.parse(text)) : text);

/** `2019:06:03 06:29:14` and `2019-06-03T06:29:14` as `2019-06-03 06:29:14`. */
export const momentText = (text: string): string =>
  `${text.slice(0, 10).replaceAll(':', '-')} ${text.slice(11)}`;
