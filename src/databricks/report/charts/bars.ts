/** Bar charts: horizontal bars with names, or vertical bars for years. Each bar shows its number, so no axis is needed. */
import type { TopLevelSpec } from 'vega-lite';
import { number, short } from '../../../format.ts';
import type { Chart } from '../../../queries/chart.ts';
import { isYear } from '../../answers.ts';
import type { Mark } from './mark.ts';
import type { Plot } from './plot.ts';
import {
  ACCENT,
  around,
  config,
  cut,
  cutTo,
  INK,
  MUTED,
  NAMES_HEIGHT,
  namesInOrder,
  widthOf,
} from './theme.ts';

const BAND = 24;
/** The space between a bar, its number and its label. */
const GAP = 8;
/** The width of bold digits relative to regular digits. */
const BOLD = 1.15;
const COLUMNS_HEIGHT = 240;
/** The minimum width, in pixels, of a column that shows all digits. */
const COLUMN_FOR_DIGITS = 48;

/** Returns vertical bars if the group is a year; otherwise horizontal bars with names on the left. */
export function bars(chart: Chart, plot: Plot, width: number): TopLevelSpec {
  return isYear(chart.by[0] ?? '') ? standing(plot, width) : lying(plot, width);
}

function lying(plot: Plot, width: number): TopLevelSpec {
  const names = Math.min(width * 0.4, widthOf(plot.across) + 12);
  const digits = BOLD * widthOf(plot.marks.map(({ value }) => number(value)));
  const labels = widthOf(plot.marks.map(({ label }) => label));
  const room = width - names;
  const beside = Math.min(digits + labels + 2 * GAP, room * 0.65);
  const values = plot.marks.map((mark) => ({
    ...mark,
    text: number(mark.value),
    label: cut(mark.label, beside - digits - 2 * GAP),
  }));
  const most = Math.max(...values.map(({ value }) => value));
  return {
    config,
    ...around({ left: names }),
    width: room,
    height: { step: BAND },
    data: { values },
    encoding: {
      y: {
        field: 'across',
        type: 'nominal',
        ...namesInOrder(plot.across),
        title: null,
        axis: { ...cutTo(names - 12) },
      },
      x: {
        field: 'value',
        type: 'quantitative',
        axis: null,
        // Leaves room for the text next to the longest bar.
        scale: { domain: [0, (most || 1) * (room / (room - beside))], nice: false },
        stack: null,
      },
    },
    layer: [
      {
        mark: { type: 'bar', color: ACCENT, height: BAND - 8, cornerRadiusEnd: 2 },
        encoding: { description: { field: 'says' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: GAP, color: INK, fontWeight: 600 },
        encoding: { text: { field: 'text' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: digits + 2 * GAP, color: MUTED },
        encoding: { text: { field: 'label' } },
      },
    ],
  };
}

function standing(plot: Plot, width: number): TopLevelSpec {
  const wide = width / plot.across.length >= COLUMN_FOR_DIGITS;
  const text = (mark: Mark) => (wide ? number(mark.value) : short(mark.value));
  return {
    config,
    ...around({ top: NAMES_HEIGHT, bottom: NAMES_HEIGHT }),
    width,
    height: COLUMNS_HEIGHT,
    data: { values: plot.marks.map((mark) => ({ ...mark, text: text(mark) })) },
    encoding: {
      x: {
        field: 'across',
        type: 'ordinal',
        ...namesInOrder(plot.across),
        title: null,
        axis: { labelAngle: 0 },
      },
      y: { field: 'value', type: 'quantitative', axis: null, stack: null },
    },
    layer: [
      {
        mark: { type: 'bar', color: ACCENT, width: { band: 0.7 }, cornerRadiusEnd: 2 },
        encoding: { description: { field: 'says' } },
      },
      {
        mark: { type: 'text', baseline: 'bottom', dy: -4, color: INK, fontWeight: 600 },
        encoding: { text: { field: 'text' } },
      },
    ],
  };
}
