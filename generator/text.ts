/**
 * Escapes facts for Markdown and for strings in source code, so that no name or description can end the line, the code span,
 * the table cell or the string that contains it.
 */

/** Characters that end a line for some readers of a notebook. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters can't be in a line
const LINE_ENDS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Returns Markdown on one line, with HTML escaped. */
export const markdown = (text: string): string =>
  text
    .replaceAll(LINE_ENDS, ' ')
    .replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|</g, (found) => (found === '<' ? '&lt;' : found));

/** Returns any text as a code span of Markdown. */
export function code(text: string): string {
  const line = text.replaceAll(LINE_ENDS, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Returns Markdown for the cell of a table. */
export const cell = (text: string): string => markdown(text).replaceAll('|', '\\|');

/** Returns a text as a JSON string. It also escapes characters that some readers of a file treat as line ends. */
export const jsonString = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
