/** The charts' colours and fonts. Colours are the page's CSS variables, so that they also change in dark mode and in print. */
import type { Config } from 'vega-lite';

export const INK = 'var(--ink)';
export const MUTED = 'var(--muted)';
const LINE = 'var(--line)';
/** The colour of countries without a value. */
export const NONE = 'var(--none)';
export const ACCENT = 'var(--accent)';

/** The number of colours for values; each has a matching text colour. */
export const STEPS = 7;
export const step = (n: number): string => `var(--heat-${n})`;
export const stepInk = (n: number): string => `var(--heat-${n}-ink)`;

/** The width of a country's border, which is drawn because the lightest colour is hardly darker than the page. */
export const BORDER = 0.4;

const TEXT_SIZE = 12;

/** An upper estimate of a letter's width in pixels, because fonts can't be measured here. */
const LETTER = 7.5;

/** Returns the encoding that keeps names in this order. With `sort`, Vega-Lite would put the names into expressions, which breaks some names. */
export const namesInOrder = (names: readonly string[]) => ({ sort: null, scale: { domain: [...names] } });

/** Returns axis properties that truncate long names. Vega's own limit assumes that every letter is wide. */
export const cutTo = (width: number) => ({
  labelLimit: 0,
  labelExpr: `truncate(datum.label, ${Math.floor(width / LETTER)})`,
});

/** Returns the text, truncated to a width in pixels. */
export function cut(text: string, width: number): string {
  const letters = Math.max(1, Math.floor(width / LETTER));
  return text.length <= letters ? text : `${text.slice(0, letters - 1).trimEnd()}…`;
}

/**
 * Returns the space around the drawing, for axes; set explicitly, because Vega would leave too much. `left` and `right` are
 * part of a chart's width.
 */
export const around = (padding: { left?: number; right?: number; top?: number; bottom?: number }) => ({
  autosize: { type: 'none' as const },
  padding: { left: 0, right: 0, top: 0, bottom: 0, ...padding },
});

/** Height of the line of names above or below a drawing. */
export const NAMES_HEIGHT = 26;

/** Returns an estimate of the width of the longest text, in pixels. */
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
