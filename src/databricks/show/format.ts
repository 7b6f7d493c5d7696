/** A result as text, a page at a time: what is written does not depend on how many rows there are in all. */
import { stringify } from 'csv-stringify/sync';
import { markdownTable } from 'markdown-table';
import stringWidth from 'string-width';
import type { SqlColumn, SqlRow } from '../sql.ts';
import { isNumber, jsonValue, plain } from './values.ts';

export const FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type FormatName = (typeof FORMATS)[number];

export interface Page {
  readonly rows: readonly SqlRow[];
  /** No page came before. */
  readonly first: boolean;
  /** None comes after. */
  readonly last: boolean;
}

/** A result has at least one page; the only one of an empty result has no rows. */
export type Format = (page: Page) => string;

/** With a header; NULL is an empty field. */
export function csv(columns: readonly SqlColumn[]): Format {
  const names = columns.map(({ name }) => name);
  return ({ rows, first }) =>
    stringify(
      rows.map((row) => names.map((name) => plain(row[name]))),
      { header: first, columns: names },
    );
}

/** One array, a row a line. */
export function json(columns: readonly SqlColumn[]): Format {
  return ({ rows, first, last }) => {
    const lines = rows.map((row) =>
      JSON.stringify(Object.fromEntries(columns.map(({ name }) => [name, jsonValue(row[name])]))),
    );
    return (first ? '[' : rows.length > 0 ? ',' : '') + lines.join(',\n') + (last ? ']\n' : '\n');
  };
}

/** A table of GitHub; numbers at the right. */
export function markdown(columns: readonly SqlColumn[]): Format {
  const align = columns.map((column) => (isNumber(column) ? 'r' : ''));
  const escaped = (text: string) => text.replace(/[|\\]/g, '\\$&').replace(/\r\n|\r|\n/g, '<br>');
  return ({ rows, first }) => {
    const lines = [
      columns.map(({ name }) => escaped(name)),
      ...rows.map((row) => columns.map(({ name }) => escaped(plain(row[name])))),
    ];
    const table = markdownTable(lines, { align, stringLength: stringWidth }).split('\n');
    const shown = first ? table : table.slice(2);
    return shown.map((line) => `${line}\n`).join('');
  };
}
