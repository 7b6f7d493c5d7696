/** Formats a result as text, one page at a time. */
import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import stringWidth from 'string-width';
import { NEWLINE, printable, visible } from '../../visible.ts';
import { requireDistinct, type SqlColumn, type SqlValue, type SqlValues } from '../sql.ts';
import { isNumber, jsonText, plain, quoted } from './values.ts';

export interface Page {
  readonly rows: readonly SqlValues[];
  /** Whether this is the first page. */
  readonly first: boolean;
  /** Whether this is the last page. */
  readonly last: boolean;
}

/** Formats a page. A result has at least one page; an empty result has one page without rows. */
export type Format = (page: Page) => string;

/** Text that a CSV parser would trim, or split into lines. */
const QUOTED = /^\s|\s$|[\r\n]/;

/**
 * Returns CSV with a header. NULL is an empty field, empty text is `""`. In a result with one column, NULL is `""` too,
 * because most parsers skip an empty line. Text that a spreadsheet would read as a formula is not escaped. `width` is the terminal's
 * width; undefined if the output is not a terminal. Only for a terminal, control characters are replaced.
 */
export function csv(columns: readonly SqlColumn[], width?: number): Format {
  const text = (exact: string) => (width === undefined ? exact : printable(exact));
  const field = (value: SqlValue): string | null =>
    value === null && columns.length > 1 ? null : text(plain(value));
  return ({ rows, first }) =>
    stringify(
      [...(first ? [columns.map(({ name }) => text(name))] : []), ...rows.map((row) => row.map(field))],
      {
        // csv-stringify does not cast NULL, so it stays an empty field.
        cast: { string: (value) => ({ value, quoted_empty: true }) },
        quoted_match: QUOTED,
      },
    );
}

/** Returns one JSON array with a row per line. @throws AppError if two columns have the same name: parsers would keep only one value */
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

/** Characters that are markup in Markdown; `_` within a word is plain text. */
const MARKUP = /[|\\`*~[\]]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Returns a table in GitHub's Markdown that shows text unchanged, with numbers aligned right. */
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
