/** Writes a result as it comes. */
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
 * Resolves with the number of rows that were written; fewer than there are where no more are wanted. `width` is the
 * terminal's, where the output is one.
 */
export async function show(
  { columns, pages }: SqlStream,
  format: FormatName,
  output: Output,
  width?: number,
): Promise<number> {
  const text = formats[format](columns, width);
  let page: readonly SqlValues[] = [];
  let count = 0;
  let first = true;
  // A page is written when it is known whether it is the last one.
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
}
