/** A result as text, a page at a time: what is written does not depend on how many rows there are in all. */
import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import stringWidth from 'string-width';
import { requireDistinct, type SqlColumn, type SqlValue, type SqlValues } from '../sql.ts';
import { isNumber, jsonText, plain, quoted, visible } from './values.ts';

export interface Page {
  readonly rows: readonly SqlValues[];
  /** No page came before. */
  readonly first: boolean;
  /** None comes after. */
  readonly last: boolean;
}

/** A result has at least one page; the only one of an empty result has no rows. */
export type Format = (page: Page) => string;

/** Text that a reader would trim or break a line at. */
const QUOTED = /^\s|\s$|[\r\n]/;

/**
 * Returns CSV with a header. NULL is an empty field, empty text is `""`. In a single column NULL is `""` too, since
 * most parsers skip an empty line. Text that a spreadsheet would read as a formula is not escaped.
 */
export function csv(columns: readonly SqlColumn[]): Format {
  const field = (value: SqlValue): string | null =>
    value === null && columns.length > 1 ? null : plain(value);
  return ({ rows, first }) =>
    stringify([...(first ? [columns.map(({ name }) => name)] : []), ...rows.map((row) => row.map(field))], {
      // Not of NULL.
      cast: { string: (value) => ({ value, quoted_empty: true }) },
      quoted_match: QUOTED,
    });
}

/** One array, a row a line. @throws AppError where two columns have one name: readers of an object keep one of the two */
export function json(columns: readonly SqlColumn[]): Format {
  const names = columns.map(({ name }) => name);
  requireDistinct(names);
  return ({ rows, first, last }) => {
    const lines = rows.map(
      (row) => `{${names.map((name, at) => `${quoted(name)}:${jsonText(row[at])}`).join(',')}}`,
    );
    return (first ? '[' : rows.length > 0 ? ',' : '') + lines.join(',\n') + (last ? ']\n' : '\n');
  };
}

const NEWLINE = /\r\n|\r|\n/g;
/** What Markdown would read as more than text; `_` within a word is nothing but itself. */
const MARKUP = /[|\\`*~[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Returns a table of GitHub that shows text as it is; numbers at the right. */
export function markdown(columns: readonly SqlColumn[]): Format {
  const align = columns.map((column) => (isNumber(column) ? 'r' : ''));
  const escaped = (text: string) =>
    text
      .replace(MARKUP, '\\$&')
      .replace(/[&<>]/g, (character) => ENTITIES[character] ?? '')
      .split(NEWLINE)
      .map(visible)
      .join('<br>');
  return ({ rows, first }) => {
    const lines = [
      columns.map(({ name }) => escaped(name)),
      ...rows.map((row) => row.map((value) => escaped(plain(value)))),
    ];
    const table = markdownTable(lines, { align, stringLength: stringWidth }).split('\n');
    const shown = first ? table : table.slice(2);
    return shown.map((line) => `${line}\n`).join('');
  };
}
