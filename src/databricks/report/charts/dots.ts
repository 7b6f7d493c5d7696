/** Dot charts: each dot is a number on a scale that need not start at zero; a line connects the dots of years. */
import type { TopLevelSpec } from 'vega-lite';
import { number, short, words } from '../../../format.ts';
import type { Chart } from '../../../queries/chart.ts';
import { isYear } from '../../answers.ts';
import type { Plot } from './plot.ts';
import { ACCENT, around, config, cutTo, INK, NAMES_HEIGHT, namesInOrder, widthOf } from './theme.ts';

const BAND = 36;
const YEARS_HEIGHT = 220;
const DOT = 110;
/** Width of the measure's axis: numbers of four characters, in the width that Vega assumes, and the title. */
const AXIS = 68;
/** Half the width of the last number on an axis; this half extends beyond the axis. */
const HALF_A_NUMBER = 16;
/** The maximum number of grid lines; if there would be more, only those at powers of ten are drawn. */
const MAX_LINES = 6;

export function dots(chart: Chart, plot: Plot, width: number): TopLevelSpec {
  const years = isYear(chart.by[0] ?? '');
  const values = plot.marks.map((mark) => ({
    ...mark,
    text: [years ? short(mark.value) : number(mark.value), mark.label].filter(Boolean).join('  '),
  }));
  const group = {
    field: 'across',
    type: 'ordinal',
    ...namesInOrder(plot.across),
    title: null,
  } as const;
  const measure = {
    field: 'value',
    type: 'quantitative',
    title: words(chart.value),
    ...scaled(chart, plot),
  } as const;
  const dot = {
    mark: { type: 'point', filled: true, size: DOT, color: ACCENT, opacity: 1 },
    encoding: { description: { field: 'says' } },
  } as const;
  const text = { field: 'text' } as const;
  if (years)
    return {
      config,
      ...around({ left: AXIS, top: NAMES_HEIGHT, bottom: NAMES_HEIGHT }),
      width: { step: (width - AXIS) / plot.across.length },
      height: YEARS_HEIGHT,
      data: { values },
      encoding: { x: { ...group, axis: { labelAngle: 0 } }, y: measure },
      layer: [
        { mark: { type: 'line', color: ACCENT, strokeWidth: 1.5, opacity: 0.5, aria: false } },
        dot,
        { mark: { type: 'text', dy: -14, color: INK, fontWeight: 600 }, encoding: { text } },
      ],
    };
  const names = Math.min(width * 0.4, widthOf(plot.across) + 12);
  return {
    config,
    ...around({ left: names, right: HALF_A_NUMBER, top: 4, bottom: 2 * NAMES_HEIGHT }),
    width: width - names - HALF_A_NUMBER,
    height: { step: BAND },
    data: { values },
    encoding: { y: { ...group, axis: { grid: true, tickBand: 'center', ...cutTo(names - 12) } }, x: measure },
    layer: [
      dot,
      {
        mark: { type: 'text', align: 'left', dx: 10, color: INK, fontWeight: 600 },
        encoding: { text },
      },
    ],
  };
}

/**
 * Returns scale and axis. A logarithmic scale has grid lines at 1, 2, 5, 10, … and ends at a grid line. If a value is
 * zero, the scale is symlog, because zero has no logarithm.
 */
function scaled({ scale }: Chart, { marks }: Plot) {
  const values = marks.map(({ value }) => value);
  const above = values.filter((value) => value > 0);
  if (scale === 'linear' || above.length === 0) return { scale: { zero: true }, axis: { tickCount: 5 } };
  const [least, most] = [Math.min(...above), Math.max(...above)];
  const zero = above.length < values.length;
  const lines = between(roundDown(least), roundUp(most * 1.1)).filter(
    (line, _, all) => all.length <= MAX_LINES || Number.isInteger(Math.log10(line)),
  );
  return {
    scale: {
      type: zero ? ('symlog' as const) : ('log' as const),
      domain: [zero ? 0 : roundDown(least), roundUp(most * 1.1)],
      nice: false,
    },
    // The same format as `short`, which formats the numbers at the dots.
    axis: { values: zero ? [0, ...lines] : lines, labelExpr: "upper(format(datum.value, '~s'))" },
  };
}

const ROUND = [1, 2, 5, 10];

const powerOf = (value: number): number => 10 ** Math.floor(Math.log10(value));
const roundUp = (value: number): number =>
  powerOf(value) * (ROUND.find((round) => powerOf(value) * round >= value) ?? 10);
const roundDown = (value: number): number =>
  powerOf(value) * (ROUND.findLast((round) => powerOf(value) * round <= value) ?? 1);

/** Returns the numbers 1, 2, 5, 10, 20, … from `from` to `to`. */
function between(from: number, to: number): number[] {
  const found: number[] = [];
  for (let power = powerOf(from); power <= to; power *= 10)
    for (const round of [1, 2, 5])
      if (power * round >= from && power * round <= to) found.push(power * round);
  return found;
}
