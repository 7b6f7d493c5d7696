/** Test rows of a question: rows of clean tables, and the expected answer. */
import { stringify } from 'yaml';
import { type Dataset, keyColumns } from '../../src/datasets/dataset.ts';
import { cleanTable } from '../../src/names.ts';
import { columnsOf, isNumber, isTime, type Named } from './columns.ts';
import { type Group, type Plan, type Unit, usedIn } from './plan.ts';
import { groupName, measureName } from './sql.ts';

type Cell = string | number | boolean | null;

/** Returns two different values of a column, as test rows show them. */
function valuesOf(column: Named): readonly [Cell, Cell] {
  const { type } = column;
  if (type === 'BOOLEAN') return [true, false];
  if (type === 'DATE') return ['2026-01-05', '2027-02-09'];
  if (type === 'TIMESTAMP') return ['2026-01-05 10:00:00', '2027-02-09 23:59:59'];
  if (isNumber(column)) return [1, 2];
  return ['A', 'B'];
}

/** The groups, by unit, of the two times that `valuesOf` returns. */
const UNITS: Readonly<Record<Unit, readonly [Cell, Cell]>> = {
  hour: [10, 23],
  day: ['2026-01-05', '2027-02-09'],
  week: ['2026-01-05', '2027-02-08'],
  month: ['2026-01', '2027-02'],
  quarter: ['2026-Q1', '2027-Q1'],
  year: [2026, 2027],
};

/** The group of each row: three rows in the first group, one row in the second group, one row without a group. */
const ROWS = [0, 0, 0, 1, undefined] as const;
const NUMBERS = [10, 20, 30, 5, 7];
/** For each row, which of the two values the column `top` has. In the first group, value 0 is the most frequent. */
const TOPS = [0, 0, 1, 1, 0] as const;

/** Returns the text of `test/spark/queries/<name>.yml`. */
export function questionRows(plan: Plan): string {
  const tables = plan.datasets.map(
    (dataset) =>
      [cleanTable(dataset.name), rowsOf(plan, [...columnsOf(dataset), ...ownOf(plan, dataset)])] as const,
  );
  const says =
    plan.groups.length === 0
      ? 'over all rows'
      : isKeyed(plan)
        ? 'by group'
        : 'by group; rows without a group are omitted';
  return stringify([{ says, ...Object.fromEntries(tables), expect: expected(plan) }], { lineWidth: 110 });
}

/** Returns whether every row has a group, because it is a part of the key, which is never NULL. */
const isKeyed = ({ groups }: Plan): boolean =>
  groups.some(({ column }) => keyColumns(column.dataset).includes(column.name));

/** Returns the columns that the question uses and that the pipeline adds to a clean table, such as `_arrived`. */
function ownOf(plan: Plan, dataset: Dataset): Named[] {
  const names = columnsOf(dataset).map(({ name }) => name);
  return usedIn(plan).filter((column) => column.dataset === dataset && !names.includes(column.name));
}

function rowsOf(plan: Plan, columns: readonly Named[]): Record<string, Cell>[] {
  const grouped = plan.groups.map(({ column }) => column.name);
  const rows = isKeyed(plan) ? ROWS.filter((group) => group !== undefined) : ROWS;
  return rows.map((group, at) => {
    const cells = columns.map((column): [string, Cell] | undefined => {
      const [first, second] = valuesOf(column);
      if (grouped.includes(column.name))
        return [column.name, group === undefined ? null : group === 0 ? first : second];
      if (column.name === plan.top?.name) return [column.name, TOPS[at] === 0 ? first : second];
      if (plan.using.includes(column.name)) return [column.name, keyCell(column, at)];
      if (column.name === plan.measure.of?.name) return [column.name, measured(plan, column, at)];
      return undefined;
    });
    return Object.fromEntries(cells.filter((cell) => cell !== undefined));
  });
}

/** Returns the key of the row at this index. Keys are distinct for the first 31 rows, because dates are days of one month. */
export const keyCell = ({ type }: { readonly type: string }, at: number): Cell =>
  /^(INT|BIGINT)/.test(type)
    ? at + 1
    : type === 'STRING'
      ? `key ${at + 1}`
      : `2026-03-${String(at + 1).padStart(2, '0')}`;

/** Returns a row's value of the measured column. For `distinct`, the first group has two different values. */
function measured({ measure }: Plan, column: Named, at: number): Cell {
  const [first, second] = valuesOf(column);
  if (measure.does === 'distinct') return at === 0 || at === 3 ? first : second;
  if (isTime(column)) return at === 2 ? second : first;
  return NUMBERS[at] ?? null;
}

function expected(plan: Plan): Record<string, Cell>[] {
  const of = plan.top ? firstPlaces(plan) : groupsOf(plan).map((group) => answerRow(plan, group));
  return of.map((row) => Object.fromEntries(row));
}

/** Returns the row indexes of each group; without groups, all rows are one group. */
const groupsOf = (plan: Plan): readonly number[][] =>
  plan.groups.length === 0 ? [[0, 1, 2, 3, 4]] : [[0, 1, 2], [3]];

const groupCell = ({ column, unit }: Group, isFirst: boolean): Cell => {
  const [first, second] =
    unit === undefined || (unit === 'day' && column.type === 'DATE') ? valuesOf(column) : UNITS[unit];
  return isFirst ? first : second;
};

const groupCells = (plan: Plan, rows: readonly number[]): [string, Cell][] =>
  plan.groups.map((group) => [groupName(group), groupCell(group, rows.includes(0))]);

function answerRow(plan: Plan, rows: readonly number[]): [string, Cell][] {
  return [...groupCells(plan, rows), [measureName(plan), measureCell(plan, rows)]];
}

function firstPlaces(plan: Plan): [string, Cell][][] {
  const top = plan.top as Named;
  return groupsOf(plan).map((rows) => {
    const firsts = rows.filter((at) => TOPS[at] === 0).length;
    const [first, second] = valuesOf(top);
    const isFirst = firsts * 2 > rows.length;
    return [
      ...groupCells(plan, rows),
      [top.name, isFirst ? first : second],
      [measureName(plan), Math.max(firsts, rows.length - firsts)],
    ];
  });
}

function measureCell({ measure, ...plan }: Plan, rows: readonly number[]): Cell {
  const { does, of } = measure;
  if (does === 'count' || of === undefined) return rows.length;
  const cells = rows.map((at) =>
    plan.using.includes(of.name) ? keyCell(of, at) : measured({ measure, ...plan }, of, at),
  );
  if (does === 'distinct') return new Set(cells).size;
  if (isTime(of)) {
    const sorted = [...cells].map(String).sort();
    const cell = (does === 'max' ? sorted.at(-1) : sorted[0]) ?? '';
    return of.type === 'DATE' ? cell : `${cell.replace(' ', 'T')}Z`;
  }
  const numbers = cells.map(Number).sort((a, b) => a - b);
  const sum = numbers.reduce((sum, number) => sum + number, 0);
  const middle = ((numbers[(numbers.length - 1) >> 1] ?? 0) + (numbers[numbers.length >> 1] ?? 0)) / 2;
  const value = {
    sum,
    avg: sum / numbers.length,
    median: middle,
    max: numbers.at(-1) ?? 0,
    min: numbers[0] ?? 0,
  }[does];
  return decimalCell(of.type, does, value);
}

/** Returns a DECIMAL as text with all its decimal places. An average has four more decimal places than its column. */
function decimalCell(type: string, does: string, value: number): Cell {
  const [, scale] = /^DECIMAL\(\d+,(\d+)\)$/.exec(type) ?? [];
  if (scale === undefined || does === 'median') return value;
  return value.toFixed(Number(scale) + (does === 'avg' ? 4 : 0));
}
