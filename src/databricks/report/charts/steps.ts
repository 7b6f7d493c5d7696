/** Assigns colours to values, from light to dark, in heat maps and on the map. */
import type { Chart } from '../../../queries/chart.ts';
import { STEPS } from './theme.ts';

/**
 * Returns a function that returns the index of a value's colour: equal steps between the lowest and the highest value, or
 * between their logarithms on a logarithmic scale.
 */
export function stepsOf({ scale }: Chart, values: readonly number[]): (value: number) => number {
  const height = (value: number) => (scale === 'log' ? Math.log1p(Math.max(0, value)) : value);
  const heights = values.map(height);
  const [least, most] = [Math.min(...heights), Math.max(...heights)];
  return (value) =>
    most === least
      ? STEPS - 1
      : Math.min(STEPS - 1, Math.floor((STEPS * (height(value) - least)) / (most - least)));
}
