/** Text and names as Spark's SQL reads them, whatever they hold. */

/** Blank, tab, line breaks and U+00A0 at both ends are never part of a value. */
export const trimmed = (text: string): string => String.raw`trim(BOTH ' \t\r\n\u00A0' FROM ${text})`;

/** What a string literal can't hold as it is: a notebook puts a widget's value in the place of `$`, and Spark that of a setting. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a notebook's line can't hold
const UNSAFE = /[$\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** A string literal of Spark's, on one line. */
export const literal = (text: string): string =>
  `'${text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    .replaceAll(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`)}'`;
