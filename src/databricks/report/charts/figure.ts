/** An answer's charts, each drawn twice: for a desktop and for a phone, because scaled-down text is unreadable. */

import { counted, words } from '../../../format.ts';
import type { Chart } from '../../../queries/chart.ts';
import type { Query } from '../../../queries/query.ts';
import type { Row } from '../../answers.ts';
import { bars } from './bars.ts';
import { dots } from './dots.ts';
import { heatmap } from './heatmap.ts';
import { map } from './map/map.ts';
import { type Plot, plot } from './plot.ts';
import { svgOf } from './svg.ts';

/** The widths of charts for a desktop and for a phone, in CSS pixels. */
const WIDE = 720;
const NARROW = 340;

const MAP_BY = 'Map and borders: Natural Earth, in the public domain.';

const DRAW = { bars, dots, heatmap, map };

export interface Figure {
  readonly wide: string;
  readonly narrow: string;
  /** Notes below the chart: the values that the chart omits, and the map's source; may be empty. */
  readonly caption: string;
}

/**
 * Returns the charts of an answer; none if the answer declares no chart or has no row. A map is followed by bars,
 * because a map does not show labels.
 */
export async function figures(query: Query, rows: readonly Row[]): Promise<Figure[]> {
  const { chart } = query;
  if (!chart) return [];
  const charts: Chart[] =
    chart.kind === 'map' ? [chart, { ...chart, kind: 'bars', scale: 'linear' }] : [chart];
  const drawn = charts.map((one) => ({ chart: one, plot: plot(one, rows) }));
  return Promise.all(
    drawn.filter(({ plot }) => plot.marks.length > 0).map(({ chart, plot }) => figure(query, chart, plot)),
  );
}

async function figure({ name, question }: Query, chart: Chart, plot: Plot): Promise<Figure> {
  const [wide = '', narrow = ''] = await Promise.all(
    [WIDE, NARROW].map((width) =>
      svgOf(DRAW[chart.kind](chart, plot, width), {
        id: `${name}-${chart.kind}-${width}`,
        title: question,
        about: about(chart, plot),
      }),
    ),
  );
  const caption = [
    plot.leftOut && `${plot.leftOut} The table has all of them.`,
    chart.kind === 'map' && MAP_BY,
  ];
  return { wide, narrow, caption: caption.filter(Boolean).join(' ') };
}

/** Describes the chart for screen readers. */
function about({ kind, value, by, scale }: Chart, { marks, leftOut = '' }: Plot): string {
  const sorted = [...marks].sort((a, b) => b.value - a.value);
  const ends =
    sorted.length > 1 ? ` The highest is ${sorted[0]?.says}. The lowest is ${sorted.at(-1)?.says}.` : '';
  const on = scale === 'log' ? ', on a logarithmic scale' : '';
  return `${kind === 'map' ? 'A map. ' : ''}${counted(marks.length, 'value')}: ${words(value)} by ${by.map(words).join(' and ')}${on}. ${leftOut}${ends} The table has all rows.`;
}
