/** Sorts answers by their columns for display, because tables have no order. */
import { identifier, literal } from '../datasets/sql.ts';
import { ORDERS } from '../project/project.ts';
import { MAX_GROUPS, MAX_HOURS } from '../queries/chart.ts';

export type Row = Record<string, unknown>;

/** Returns whether a column contains years. Years are written without separators and drawn from left to right. */
export const isYear = (column: string): boolean => column.endsWith('year');

/**
 * Returns the project's order of a column's values; undefined if there is none. `hasOwn` is needed, because a column
 * may have the name of an inherited property, such as `constructor`.
 */
const orderOf = (column: string): readonly string[] | undefined =>
  Object.hasOwn(ORDERS, column) ? ORDERS[column] : undefined;

/** Names of columns with times, of which there are more every day. Parts of times, such as `day_of_week`, are not among them. */
const TIME = /(^|(?<!_of)_)(hour|day|date|week|month|quarter)$/i;

/** Returns how many of the latest groups a chart shows if a column contains times; undefined if it does not. */
export function mostTimes(column: string): number | undefined {
  if (orderOf(column) || !TIME.test(column)) return undefined;
  return /hour$/i.test(column) ? MAX_HOURS : MAX_GROUPS;
}

/** Returns whether a column's values have a natural order from left to right, as years do. */
export const isOrdered = (column: string): boolean =>
  isYear(column) || mostTimes(column) !== undefined || orderOf(column) !== undefined;

/**
 * Sorts a column's values: by the project's order if there is one, otherwise numbers by value and the rest as text. NULL is
 * first, as in SQL.
 */
export const inOrder = <T>(column: string, values: readonly T[]): T[] =>
  [...values].sort(comparison(column, values));

/** Returns the SQL after ORDER BY for an answer: all columns from left to right, each in the project's order if there is one. */
export function orderBy(columns: readonly string[]): string {
  if (!columns.some((column) => orderOf(column))) return 'ALL';
  return columns.map(sortKey).join(', ');
}

/** Returns the SQL by which rows are sorted in the order of one column. */
export function sortKey(column: string): string {
  const order = orderOf(column);
  const name = identifier(column);
  return order ? `array_position(array(${order.map(literal).join(', ')}), ${name})` : name;
}

/** Sorts rows by their columns from left to right, each column as `inOrder` does. */
export function sortAnswer(rows: readonly Row[]): Row[] {
  const columns = Object.keys(rows[0] ?? {}).map(
    (name) =>
      [
        name,
        comparison(
          name,
          rows.map((row) => row[name]),
        ),
      ] as const,
  );
  return [...rows].sort((a, b) => {
    for (const [name, compare] of columns) {
      const order = compare(a[name], b[name]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

/** Returns the comparison for a column with these values. It depends on all of them, because a DECIMAL is text, too. */
function comparison(column: string, values: readonly unknown[]): (a: unknown, b: unknown) => number {
  const order = orderOf(column);
  if (order) return (a, b) => order.indexOf(String(a)) - order.indexOf(String(b));
  const numeric = values.every((value) => isNull(value) || isNumber(value));
  return (a, b) => {
    if (isNull(a) || isNull(b)) return Number(isNull(b)) - Number(isNull(a));
    return (numeric && Number(a) - Number(b)) || textOrder(String(a), String(b));
  };
}

const isNull = (value: unknown): boolean => value === null || value === undefined;

/** Returns whether a value is a number, or the text of a number that a double can't hold, such as a DECIMAL. */
export const isNumber = (value: unknown): boolean =>
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));

const textOrder = (a: string, b: string): number => (a < b ? -1 : Number(a !== b));
