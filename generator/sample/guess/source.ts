/** TypeScript as the formatter leaves it. */

/** A name of JavaScript's that may stand without quotes. */
const PLAIN = /^[A-Za-z_$][\w$]*$/;

/** Returns a string literal: single quotes, unless it then needs more backslashes. */
export function stringOf(text: string): string {
  // Line separators end a line for some readers.
  const json = JSON.stringify(text).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, escaped);
  const singles = text.split("'").length;
  const doubles = text.split('"').length;
  if (singles > doubles) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Returns the name of a property. */
export const propertyOf = (name: string): string => (PLAIN.test(name) ? name : stringOf(name));

/** Returns a call with strings: `oneOf('a', 'b')`. */
export const callOf = (name: string, ...values: readonly string[]): string =>
  `${name}(${values.map(stringOf).join(', ')})`;

/** Text for a comment or a line that is printed: without what ends a line, moves a cursor or turns text around. */
export const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    [...char].map((part) => `\\u{${part.codePointAt(0)?.toString(16)}}`).join(''),
  );
