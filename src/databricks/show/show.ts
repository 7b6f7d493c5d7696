/** Writes a result while it arrives. */
import type { SqlColumn, SqlStream, SqlValues } from '../sql.ts';
import { csv, type Format, json, markdown } from './format.ts';
import type { FormatName } from './formats.ts';
import type { Output } from './output.ts';
import { table } from './table.ts';

const formats: Readonly<Record<FormatName, (columns: readonly SqlColumn[], width?: number) => Format>> = {
  table,
  csv,
  json,
  markdown,
};

/**
 * Resolves with the number of written rows: fewer than the result has if the reader ended early. `width` is the
 * terminal's width, if the output is a terminal.
 */
export async function show(
  { columns, pages }: SqlStream,
  format: FormatName,
  output: Output,
  width?: number,
): Promise<number> {
  let page: readonly SqlValues[] = [];
  let count = 0;
  let first = true;
  try {
    const text = formats[format](columns, width);
    // Writes a page when the next page has arrived, or when the result ends: only then it is known which page is the last.
    for await (const next of pages) {
      if (page.length > 0) {
        if (!(await output.write(text({ rows: page, first, last: false })))) return count;
        first = false;
      }
      count += next.length;
      page = next;
    }
    await output.write(text({ rows: page, first, last: true }));
    return count;
  } finally {
    // Also if the format rejects the columns before a page is read.
    await pages.return();
  }
}
