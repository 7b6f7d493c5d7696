/** Sorts answers for display, as tables have no order: by their columns, age groups by age. */

export type Row = Record<string, unknown>;

/** From young to old, as the answers name them. */
const AGE_GROUPS = ['under 18', '18-24', '25-35', '36-50', '+50'];

/** Returns whether a column holds years: they are written without separators, and run from left to right. */
export const isYear = (column: string): boolean => column.endsWith('year');

/** Sorts a column's values: numbers by value, age groups by age, all else as text. */
export const inOrder = <T>(column: string, values: readonly T[]): T[] =>
  [...values].sort((a, b) => compare(column, a, b));

/** Returns the SQL after ORDER BY for an answer: all columns from left to right, age groups by age. */
export function orderBy(columns: readonly string[]): string {
  if (!columns.includes('age_group')) return 'ALL';
  const groups = `array(${AGE_GROUPS.map((group) => `'${group}'`).join(', ')})`;
  return columns
    .map((column) => (column === 'age_group' ? `array_position(${groups}, age_group)` : column))
    .join(', ');
}

/** Sorts rows by their columns from left to right; numbers by value, age groups by age, all else as text. */
export function sortAnswer(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => {
    for (const column of Object.keys(a)) {
      const order = compare(column, a[column], b[column]);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function compare(column: string, a: unknown, b: unknown): number {
  if (column === 'age_group') return AGE_GROUPS.indexOf(String(a)) - AGE_GROUPS.indexOf(String(b));
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a) < String(b) ? -1 : Number(String(a) !== String(b));
}
