/** One value in a chart. A type instead of an interface, because Vega requires records. */
export type Mark = {
  /** The group of the value, such as a country. Only in a heat map, `down` is a second group; otherwise it is empty. */
  readonly across: string;
  readonly down: string;
  readonly value: number;
  /** The names shown at the mark; several if there are ties. */
  readonly label: string;
  /** The full description, shown as a tooltip. */
  readonly says: string;
};
