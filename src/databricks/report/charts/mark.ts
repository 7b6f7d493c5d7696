/** One number in the chart. A type rather than an interface: Vega takes records. */
export type Mark = {
  /** What it is of: a country; across and down in a heat map. */
  readonly across: string;
  readonly down: string;
  readonly value: number;
  /** The names shown at the mark; several where there are ties. */
  readonly label: string;
  /** All of it in words, for a pointer that rests there. */
  readonly says: string;
};
