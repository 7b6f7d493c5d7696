/** Heat maps: the first group across, the second down; each cell shows its number. */
import type { TopLevelSpec } from 'vega-lite';
import { number, short } from '../../../format.ts';
import type { Chart } from '../../../queries/chart.ts';
import type { Plot } from './plot.ts';
import { stepsOf } from './steps.ts';
import { around, config, cutTo, NAMES_HEIGHT, namesInOrder, step, stepInk, widthOf } from './theme.ts';

const CELL_HEIGHT = 34;
/** The minimum width, in pixels, of a cell that shows all digits. */
const CELL_FOR_DIGITS = 64;

export function heatmap(chart: Chart, plot: Plot, width: number): TopLevelSpec {
  const names = Math.min(width * 0.35, widthOf(plot.down) + 12);
  const room = width - names;
  const text = room / plot.across.length >= CELL_FOR_DIGITS ? number : short;
  const stepOf = stepsOf(
    chart,
    plot.marks.map(({ value }) => value),
  );
  const values = plot.marks.map((mark) => ({
    ...mark,
    text: text(mark.value),
    fill: step(stepOf(mark.value)),
    ink: stepInk(stepOf(mark.value)),
  }));
  return {
    config,
    ...around({ left: names, top: NAMES_HEIGHT }),
    width: room,
    height: { step: CELL_HEIGHT },
    data: { values },
    encoding: {
      x: {
        field: 'across',
        type: 'ordinal',
        ...namesInOrder(plot.across),
        title: null,
        axis: { orient: 'top', labelAngle: 0 },
      },
      y: {
        field: 'down',
        type: 'ordinal',
        ...namesInOrder(plot.down),
        title: null,
        axis: { ...cutTo(names - 12) },
      },
    },
    layer: [
      {
        mark: { type: 'rect', cornerRadius: 3, width: { band: 0.94 }, height: { band: 0.88 } },
        encoding: { color: { field: 'fill', scale: null }, description: { field: 'says' } },
      },
      {
        mark: { type: 'text', fontWeight: 600 },
        encoding: { text: { field: 'text' }, color: { field: 'ink', scale: null } },
      },
    ],
  };
}
