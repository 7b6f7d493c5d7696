/** Selects and orders the values of an answer that a chart shows; limits them to a readable number. */

import { capital, number, words } from '../../../format.ts';
import { type Chart, MAX_GROUPS } from '../../../queries/chart.ts';
import { inOrder, isOrdered, mostTimes, type Row } from '../../answers.ts';
import { placed } from './map/places.ts';
import type { Mark } from './mark.ts';

/** The maximum number of names at a mark; if there are more, the first is named and the others are counted. */
const MAX_LABELS = 2;

export interface Plot {
  readonly marks: readonly Mark[];
  /** The names on each axis, in order. */
  readonly across: readonly string[];
  readonly down: readonly string[];
  /** A sentence about the values that the chart omits; undefined if the chart shows all values. */
  readonly leftOut?: string;
}

/** Selects and orders the marks: times and age groups in their order, other groups by value. A map shows all marks. */
export function plot(chart: Chart, rows: readonly Row[]): Plot {
  const [first = '', second = ''] = chart.by;
  const all = together(chart, rows);
  const most = chart.kind === 'map' ? Number.POSITIVE_INFINITY : MAX_GROUPS;
  const across = limited(first, all, ({ across }) => across, most);
  const down = limited(second, all, ({ down }) => down, most);
  const marks = all.filter((mark) => across.names.includes(mark.across) && down.names.includes(mark.down));
  const leftOut =
    chart.kind === 'map' ? placed(marks).leftOut : sentences(chart.by, [across.leftOut, down.leftOut]);
  const order = (mark: Mark) => across.names.indexOf(mark.across);
  return {
    marks: marks.sort((a, b) => order(a) - order(b)),
    across: across.names,
    down: down.names,
    ...(leftOut && { leftOut }),
  };
}

/** Returns a sentence for each shortened axis. In a chart with two axes, it names the column. */
const sentences = (by: readonly string[], leftOut: readonly (string | undefined)[]): string =>
  by
    .map(
      (column, axis) =>
        leftOut[axis] && `${by.length > 1 ? `${capital(words(column))}: the` : 'The'} ${leftOut[axis]}.`,
    )
    .filter(Boolean)
    .join(' ');

/**
 * Returns the marks of rows. Rows with the same groups and value (ties) become one mark. Rows without a number are skipped, and
 * rows without a time in a column of times: among the latest, NULL has no place.
 */
function together(chart: Chart, rows: readonly Row[]): Mark[] {
  const { value, by, label } = chart;
  const [first = '', second] = by;
  const required = [value, ...by.filter((column) => mostTimes(column) !== undefined)];
  const tied = new Map<string, { row: Row; labels: string[] }>();
  for (const row of rows) {
    if (required.some((column) => row[column] === null || row[column] === undefined)) continue;
    const key = JSON.stringify([...by, value].map((column) => String(row[column])));
    const mark = tied.get(key) ?? { row, labels: [] };
    if (label) mark.labels.push(String(row[label] ?? ''));
    tied.set(key, mark);
  }
  return [...tied.values()].map(({ row, labels }) => ({
    across: String(row[first]),
    down: second === undefined ? '' : String(row[second]),
    value: Number(row[value]),
    label: labels.length > MAX_LABELS ? `${labels[0]} and ${labels.length - 1} more` : labels.join(' and '),
    says: `${by.map((column) => row[column]).join(', ')}: ${number(row[value])} ${words(value)}${labels.length ? ` (${labels.join(', ')})` : ''}`,
  }));
}

/**
 * Returns the names to show on an axis. A column with an order (years, age groups) keeps all its names, a column of other times
 * the latest; any other column keeps only the names with the highest values. `leftOut` says how many, as the rest of a sentence
 * that begins with "The".
 */
function limited(
  column: string,
  marks: readonly Mark[],
  nameOf: (mark: Mark) => string,
  most: number,
): { names: string[]; leftOut?: string } {
  const highest = new Map<string, number>();
  for (const mark of marks)
    highest.set(nameOf(mark), Math.max(mark.value, highest.get(nameOf(mark)) ?? Number.NEGATIVE_INFINITY));
  const names = [...highest.keys()];
  if (isOrdered(column)) {
    const latest = inOrder(column, names).slice(-(mostTimes(column) ?? names.length));
    if (latest.length === names.length) return { names: latest };
    return { names: latest, leftOut: `${latest.length} latest of ${number(names.length)}` };
  }
  const high = (name: string): number => highest.get(name) as number;
  names.sort((a, b) => high(b) - high(a) || (a < b ? -1 : 1));
  if (names.length <= most) return { names };
  const shown = names.slice(0, most);
  const last = high(shown.at(-1) as string);
  const asHigh = names.slice(most).filter((name) => high(name) === last).length;
  const ties =
    asHigh > 0 ? `; ${number(asHigh)} more ${asHigh === 1 ? 'has' : 'have'} the same value as the last` : '';
  return { names: shown, leftOut: `${most} highest of ${number(names.length)}${ties}` };
}
