/** The legend of a map: for each colour, the lowest and the highest value with that colour. */
import { capital, short, words } from '../../../../format.ts';
import { BORDER, INK, MUTED, NONE, STEPS, step, widthOf } from '../theme.ts';

const SQUARE = 12;
/** The space between a square and its text; the space between entries is twice as wide. */
const GAP = 8;
const LINE_HEIGHT = 22;

/**
 * Returns the legend's height for a chart of this width, and a function that returns its layers, drawn `top` pixels
 * below the upper edge.
 */
export function legend(
  column: string,
  values: readonly number[],
  stepOf: (value: number) => number,
  width: number,
) {
  const sorted = values.toSorted((a, b) => a - b);
  const entries = Array.from({ length: STEPS }, (_, n) => n).flatMap((n) => {
    const used = sorted.filter((value) => stepOf(value) === n);
    return used.length > 0 ? { text: range(used), fill: step(n) } : [];
  });
  entries.push({ text: 'none', fill: NONE });
  const wide = SQUARE + 3 * GAP + widthOf(entries.map(({ text }) => text));
  const inRow = Math.max(1, Math.floor(width / wide));
  const rows = 1 + Math.ceil(entries.length / inRow);
  const layers = (top: number) => {
    const middle = (row: number) => top + (row + 0.5) * LINE_HEIGHT;
    const squares = entries.map((entry, n) => ({
      ...entry,
      x: (n % inRow) * wide + SQUARE / 2,
      y: middle(1 + Math.floor(n / inRow)),
    }));
    const at = {
      x: { field: 'x', type: 'quantitative', scale: null, axis: null },
      y: { field: 'y', type: 'quantitative', scale: null, axis: null },
    } as const;
    const text = { type: 'text', align: 'left', baseline: 'middle' } as const;
    return [
      {
        data: { values: [{ text: capital(words(column)), x: 0, y: middle(0) }] },
        mark: { ...text, color: MUTED },
        encoding: { ...at, text: { field: 'text' } },
      },
      {
        data: { values: squares },
        mark: {
          type: 'square',
          size: SQUARE ** 2,
          opacity: 1,
          stroke: MUTED,
          strokeWidth: BORDER,
          aria: false,
        },
        encoding: { ...at, color: { field: 'fill', scale: null } },
      },
      {
        data: { values: squares },
        mark: { ...text, color: INK, dx: SQUARE / 2 + GAP },
        encoding: { ...at, text: { field: 'text' } },
      },
    ] as const;
  };
  return { height: rows * LINE_HEIGHT, layers };
}

/** Returns the range of sorted values: `3` or `3 – 12`. */
function range(values: readonly number[]): string {
  const [least, most] = [values[0], values.at(-1)].map((value) => short(value as number));
  return least === most ? `${least}` : `${least} – ${most}`;
}
