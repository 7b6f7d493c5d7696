/** Compares two tables as sets of rows. */

type AnyRow = Readonly<Record<string, unknown>>;

/**
 * The first difference in words, or undefined where both hold the same rows the same number of times, in any order.
 * Only `columns` are looked at where they are given, else all that either side has; a missing column is null.
 */
export function compareRows(
  actual: readonly AnyRow[],
  expected: readonly AnyRow[],
  columns: readonly string[] = [...new Set([...expected, ...actual].flatMap((row) => Object.keys(row)))],
): string | undefined {
  const missing = without(expected, actual, columns);
  const extra = without(actual, expected, columns);
  if (missing.length === 0 && extra.length === 0) return undefined;
  const summary =
    `${actual.length} rows, expected ${expected.length}; ` +
    `${missing.length} expected rows are not there, ${extra.length} are there that are not expected`;
  const wanted = missing[0];
  const got = wanted ? nearest(wanted, extra) : extra[0];
  if (!wanted) return `${summary}. Not expected: ${show(got)}`;
  if (!got) return `${summary}. Not there: ${show(wanted)}`;
  const different = columns.filter((_, column) => wanted[column] !== got[column]);
  return (
    `${summary}. Nearest pair differs in ${different.join(', ')}:\n` +
    `  expected ${show(wanted)}\n  got      ${show(got)}`
  );
}

/** The rows of `some` that `others` lacks, as a list of each column's JSON. */
function without(some: readonly AnyRow[], others: readonly AnyRow[], columns: readonly string[]): string[][] {
  const counts = new Map<string, number>();
  for (const row of others) {
    const key = String(cells(row, columns));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return some
    .map((row) => cells(row, columns))
    .filter((row) => {
      const left = counts.get(String(row)) ?? 0;
      counts.set(String(row), left - 1);
      return left <= 0;
    });
}

function cells(row: AnyRow, columns: readonly string[]): string[] {
  // JSON writes -0 as 0: they are one number here as they are in SQL.
  return columns.map((column) => JSON.stringify(row[column] ?? null, (_, value) => plain(value)));
}

/** A BIGINT is a number, or text beyond what a double holds exactly, whichever way it came. */
function plain(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function nearest(row: string[], candidates: string[][]): string[] | undefined {
  const shared = (other: string[]) => other.filter((cell, column) => cell === row[column]).length;
  return candidates.reduce<string[] | undefined>(
    (best, other) => (best && shared(best) >= shared(other) ? best : other),
    undefined,
  );
}

const SHOWN = 100;

function show(row: string[] | undefined): string {
  return `(${(row ?? []).map((cell) => (cell.length > SHOWN ? `${cell.slice(0, SHOWN)}…` : cell)).join(', ')})`;
}
