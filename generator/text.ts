/** Facts as Markdown reads them: no name or description ends the line, the code or the cell it stands in. */

/** What ends a line for one reader of a notebook or another. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a line can't hold
const LINE_ENDS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** Markdown on one line; HTML in it is text. */
export const markdown = (text: string): string =>
  text
    .replaceAll(LINE_ENDS, ' ')
    .split(/(`+[^`]*`+)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
    .join('');

/** A code span of Markdown that holds any text. */
export function code(text: string): string {
  const line = text.replaceAll(LINE_ENDS, ' ');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Markdown as the cell of a table. */
export const cell = (text: string): string => markdown(text).replaceAll('|', '\\|');
