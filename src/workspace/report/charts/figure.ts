/** An answer's chart, drawn twice: for a screen and for a phone, because text that is scaled down can't be read. */
import type { Query } from '../../../queries/index.ts';
import type { Row } from '../../answers.ts';
import { counted, words } from '../format.ts';
import { bars } from './bars.ts';
import { dots } from './dots.ts';
import { heatmap } from './heatmap.ts';
import { type Plot, plot } from './plot.ts';
import { svgOf } from './svg.ts';

/** In CSS pixels. */
const WIDE = 720;
const NARROW = 340;

const DRAW = { bars, dots, heatmap };

export interface Figure {
  readonly wide: string;
  readonly narrow: string;
  /** What it leaves out; undefined where it shows everything. */
  readonly leftOut?: string;
}

/** Undefined for an answer without a chart or without a row to draw. */
export async function figure(
  { name, question, chart }: Query,
  rows: readonly Row[],
): Promise<Figure | undefined> {
  if (!chart) return undefined;
  const drawn = plot(chart, rows);
  if (drawn.marks.length === 0) return undefined;
  const [wide, narrow] = await Promise.all(
    [WIDE, NARROW].map((width) =>
      svgOf(DRAW[chart.kind](chart, drawn, width), {
        id: `${name}-${width}`,
        title: question,
        about: about(chart, drawn),
      }),
    ),
  );
  return { wide: wide as string, narrow: narrow as string, ...(drawn.leftOut && { leftOut: drawn.leftOut }) };
}

/** The chart in a sentence or two, for those who don't see it. */
function about({ value, by, scale }: NonNullable<Query['chart']>, { marks, leftOut }: Plot): string {
  const sorted = [...marks].sort((a, b) => b.value - a.value);
  const ends =
    sorted.length > 1 ? ` The highest is ${sorted[0]?.says}. The lowest is ${sorted.at(-1)?.says}.` : '';
  const on = scale === 'log' ? ', on a logarithmic scale' : '';
  return `${counted(marks.length, 'value')}: ${words(value)} by ${by.map(words).join(' and ')}${on}. ${leftOut ?? ''}${ends} The table has all rows.`;
}
