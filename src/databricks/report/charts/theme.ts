/** The charts' colours and type. Colours are the page's CSS variables, so that dark mode and print change them too. */
import type { Config } from 'vega-lite';

export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
const LINE = 'var(--line)';
/** Of what has no number on a map. */
export const NONE = 'var(--none)';
export const ACCENT = 'var(--accent)';

/** Number of colours, from the lowest value to the highest; each has a colour for text on it. */
export const STEPS = 7;
export const step = (n: number): string => `var(--heat-${n})`;
export const stepInk = (n: number): string => `var(--heat-${n}-ink)`;

/** Of a country, in ink of its own: the lightest step is hardly darker than the page. */
export const BORDER = 0.4;

const TEXT_SIZE = 12;

/** How wide a letter is, about, and rather more than less: there is no font to measure here. */
const LETTER = 7.5;

/** Names in their order. As a `sort` Vega-Lite would write them into expressions, which not every text survives. */
export const namesInOrder = (names: readonly string[]) => ({ sort: null, scale: { domain: [...names] } });

/** What a name's axis needs to cut names that are longer: Vega's own limit takes every letter for a wide one. */
export const cutTo = (width: number) => ({
  labelLimit: 0,
  labelExpr: `truncate(datum.label, ${Math.floor(width / LETTER)})`,
});

/** Returns the text, shortened where it is wider. */
export function cut(text: string, width: number): string {
  const letters = Math.max(1, Math.floor(width / LETTER));
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

/**
 * Room around what is drawn, for axes: set here, because Vega would leave too much. Left and right are part of a chart's
 * width.
 */
export const around = (padding: { left?: number; right?: number; top?: number; bottom?: number }) => ({
  autosize: { type: 'none' as const },
  padding: { left: 0, right: 0, top: 0, bottom: 0, ...padding },
});

/** The line of names above or below. */
export const NAMES_HEIGHT = 26;

/** Returns about how wide the widest of these texts is, in pixels. */
export const widthOf = (texts: readonly string[]): number =>
  LETTER * Math.max(0, ...texts.map((text) => text.length));

export const config: Config = {
  background: 'transparent',
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    gridColor: LINE,
    labelColor: INK,
    labelFontSize: TEXT_SIZE,
    labelPadding: 8,
    titleColor: MUTED,
    titleFontSize: TEXT_SIZE,
    titleFontWeight: 'normal',
  },
  text: { fontSize: TEXT_SIZE, color: INK, aria: false },
};
