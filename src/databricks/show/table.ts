/**
 * Formats a result as a table. On a terminal: boxes, grouped digits, bars next to counts, and cells truncated to the terminal's width;
 * if even truncated cells do not fit, a paragraph for each record. Otherwise: columns separated by blanks, complete cells, plain digits.
 */
import stringWidth from 'string-width';
import { number } from '../../format.ts';
import { visible } from '../../visible.ts';
import type { SqlColumn, SqlValues } from '../sql.ts';
import type { Format, Page } from './format.ts';
import { cell, isNumber, isQuantity } from './values.ts';

/** The minimum width of a truncated column, in characters. */
const MIN_WIDTH = 12;
const BAR_WIDTH = 20;
const BAR_PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
/** Names of columns that contain counts. */
const COUNTS = /(^|_)(count|joined|n|rows)$|^count\(/i;

/** Returns the table format. `width` is the terminal's width in characters; undefined if the output is not a terminal. */
export function table(columns: readonly SqlColumn[], width?: number): Format {
  let lines: ((page: Page) => string[]) | undefined;
  return (page) => {
    lines ??= width === undefined ? plainLines(columns) : terminalLines(columns, page, width);
    return lines(page)
      .map((line) => `${line}\n`)
      .join('');
  };
}

const texts = (columns: readonly SqlColumn[], rows: readonly SqlValues[], group: boolean): string[][] =>
  rows.map((row) => columns.map((column, at) => cell(row[at], column, group)));

const headOf = (columns: readonly SqlColumn[]): string[] => columns.map(({ name }) => visible(name));

/** Returns the widths of columns for the first page's cells; wider cells of later pages exceed these widths. */
const widthsOf = (columns: readonly SqlColumn[], cells: readonly string[][]): number[] =>
  headOf(columns).map((name, index) =>
    cells.reduce((most, row) => Math.max(most, stringWidth(row[index] ?? '')), stringWidth(name)),
  );

const pad = (text: string, width: number, right: boolean): string => {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return right ? blanks + text : text + blanks;
};

function plainLines(columns: readonly SqlColumn[]): (page: Page) => string[] {
  let widths: number[] | undefined;
  return ({ rows, first }) => {
    const cells = texts(columns, rows, false);
    widths ??= widthsOf(columns, cells);
    const line = (row: readonly string[]) =>
      columns
        .map((column, index) => pad(row[index] ?? '', widths?.[index] ?? 0, isNumber(column)))
        .join('  ')
        .trimEnd();
    return [...(first ? [line(headOf(columns))] : []), ...cells.map(line)];
  };
}

function terminalLines(columns: readonly SqlColumn[], page: Page, width: number): (page: Page) => string[] {
  const natural = widthsOf(columns, texts(columns, page.rows, true));
  const widths = fitted(columns, natural, width);
  if (!widths) return records(columns);
  const room = width - boxWidth(widths) - 3;
  const bars = page.first && page.last && room >= BAR_WIDTH ? barsOf(columns, page.rows) : undefined;
  const all = bars ? [...widths, BAR_WIDTH] : widths;
  const rule = (left: string, middle: string, right: string) =>
    left + all.map((one) => '─'.repeat(one + 2)).join(middle) + right;
  const line = (row: readonly string[]) =>
    `│${all
      .map((one, index) => {
        const column = columns[index];
        return ` ${pad(cut(row[index] ?? '', one), one, column !== undefined && isNumber(column))} `;
      })
      .join('│')}│`;
  return ({ rows, first, last }) => [
    ...(first ? [rule('┌', '┬', '┐'), line(headOf(columns)), rule('├', '┼', '┤')] : []),
    ...texts(columns, rows, true).map((row, index) => line(bars ? [...row, bars[index] ?? ''] : row)),
    ...(last ? [rule('└', '┴', '┘')] : []),
  ];
}

const boxWidth = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + 3, 1);

/** Narrows text columns, the widest first; never columns of numbers, which must not be truncated. Returns undefined if that is not enough. */
function fitted(
  columns: readonly SqlColumn[],
  natural: readonly number[],
  width: number,
): number[] | undefined {
  const widths = [...natural];
  while (boxWidth(widths) > width) {
    const texts = columns.map((column, index) => (isNumber(column) ? 0 : (widths[index] ?? 0)));
    const widest = Math.max(0, ...texts);
    if (widest <= MIN_WIDTH) return undefined;
    widths[texts.indexOf(widest)] = widest - 1;
  }
  return widths;
}

const GRAPHEMES = new Intl.Segmenter();

function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Returns a bar for each row if the last column contains counts. */
function barsOf(columns: readonly SqlColumn[], rows: readonly SqlValues[]): string[] | undefined {
  const column = columns.at(-1);
  if (!column || rows.length < 2 || !isQuantity(column) || !COUNTS.test(column.name)) return undefined;
  const values = rows.map((row) => Number(row[columns.length - 1] ?? 0));
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  if (!(most > 0) || values.some((value) => !(value >= 0))) return undefined;
  return values.map((value) => {
    const eighths = Math.round((value / most) * BAR_WIDTH * 8);
    return '█'.repeat(eighths >> 3) + (BAR_PARTS[eighths & 7] ?? '');
  });
}

/** Formats each record as a paragraph, with complete values. */
function records(columns: readonly SqlColumn[]): (page: Page) => string[] {
  const heads = headOf(columns);
  const names = Math.max(...heads.map((name) => stringWidth(name)));
  let nth = 0;
  return ({ rows }) =>
    texts(columns, rows, true).flatMap((row) => {
      nth += 1;
      const lines = heads.map((name, index) => `${pad(name, names, false)}  ${row[index]}`.trimEnd());
      return [`── ${number(nth)} ${'─'.repeat(names)}`, ...lines];
    });
}
