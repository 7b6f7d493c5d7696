/** TypeScript source in the formatter's layout. */
import { jsonString } from '../../text.ts';

/** A property name that needs no quotes. */
const PLAIN = /^[A-Za-z_$][\w$]*$/;

/** Returns a string literal, in single quotes unless they need more backslashes. */
export function stringOf(text: string): string {
  const json = jsonString(text);
  const singles = text.split("'").length;
  const doubles = text.split('"').length;
  if (singles > doubles) return json;
  return `'${json.slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

/** Returns the name of a property. */
export const propertyOf = (name: string): string => (PLAIN.test(name) ? name : stringOf(name));

/** Returns a call with strings: `oneOf('a', 'b')`. */
export const callOf = (name: string, ...values: readonly string[]): string =>
  `${name}(${values.map(stringOf).join(', ')})`;

/** Returns a text for a comment or a printed line. Escapes the characters that end a line, move the cursor or reverse text. */
export const oneLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) =>
    [...char].map((part) => `\\u{${part.codePointAt(0)?.toString(16)}}`).join(''),
  );

const MAX_SHORT = 70;

/** Returns at most `most` characters of a text, as `oneLine` does. */
export function short(text: string, most = MAX_SHORT): string {
  const line = oneLine(text);
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
