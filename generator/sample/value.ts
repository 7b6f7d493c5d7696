/** A sample's records as cleaning reads them: every value is a trimmed text, or undefined if it is null or empty. */
import { withoutBlanks } from '../../src/datasets/sql.ts';

/** How a value was written: in JSON, or as a cell of CSV, which does not distinguish numbers from texts. */
export type Kind = 'cell' | 'text' | 'number' | 'flag' | 'json';

export interface Value {
  readonly kind: Kind;
  /** The value exactly as it was written; an object or array as JSON without whitespace between its parts. */
  readonly text: string;
}

export interface SampleRecord {
  /** By the field's name; undefined if it is null or empty. */
  readonly values: ReadonlyMap<string, Value | undefined>;
  /** Its location: "orders.jsonl, line 3". */
  readonly place: string;
}

/** A part of the sample that is not a record, and why. */
export interface Damage {
  readonly place: string;
  readonly problem: string;
}

export const isDamage = (read: SampleRecord | Damage): read is Damage => 'problem' in read;

/** Returns the value of a text, or undefined if the trimmed text is empty. */
export function writtenValue(kind: Kind, written: string): Value | undefined {
  const text = withoutBlanks(written);
  return text === '' ? undefined : { kind, text };
}

/** Returns the record as a line of JSON, in which texts and cells are strings. */
export function jsonLine({ values }: SampleRecord): string {
  const parts = [...values].map(([name, value]) => {
    const written = !value
      ? 'null'
      : value.kind === 'text' || value.kind === 'cell'
        ? JSON.stringify(value.text)
        : value.text;
    return `${JSON.stringify(name)}:${written}`;
  });
  return `{${parts.join(',')}}`;
}
