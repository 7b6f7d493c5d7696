/** Compares two tables as multisets of rows. */

type AnyRow = Readonly<Record<string, unknown>>;

/**
 * Returns a description of the first difference, or undefined if both tables have the same rows equally often, in any order.
 * Compares `columns`, by default all columns of both tables; a missing column is null.
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
    `${missing.length} expected rows are missing, ${extra.length} rows are unexpected`;
  const wanted = missing[0];
  const got = wanted ? nearest(wanted, extra) : extra[0];
  if (!wanted) return `${summary}. Unexpected: ${show(got)}`;
  if (!got) return `${summary}. Missing: ${show(wanted)}`;
  const different = columns.filter((_, column) => wanted[column] !== got[column]);
  return (
    `${summary}. Nearest pair differs in ${different.join(', ')}:\n` +
    `  expected ${show(wanted)}\n  got      ${show(got)}`
  );
}

/** Returns the rows of `some` that are not in `others`, each as the JSON of its columns. */
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
  // JSON writes -0 as 0, so -0 and 0 are equal here, as in SQL.
  return columns.map((column) => JSON.stringify(row[column] ?? null, (_, value) => plain(value)));
}

/** Returns a BIGINT as a number, or as text if a double can't represent it exactly; other values unchanged. */
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
