/** Assigns marks to places on the map, and lists the marks without a place. */
import { number } from '../../../../format.ts';
import type { Mark } from '../mark.ts';
import { countriesCalled } from './countries.ts';
import { world } from './world.ts';

/** A place with its value. A type instead of an interface, because Vega requires records. */
type Place = {
  readonly key: string;
  /** The highest value, if several marks belong to the place. */
  readonly value: number;
  /** Describes all marks of the place. */
  readonly says: string;
};

export interface PlacedMarks {
  readonly places: readonly Place[];
  /** One or two sentences about omitted marks; undefined if none is omitted. */
  readonly leftOut?: string;
}

/** Assigns each mark to its place; names the marks without a place, with their values, in `leftOut`. */
export function placed(marks: readonly Mark[]): PlacedMarks {
  const { placeOf } = world();
  const at = new Map<string, Mark[]>();
  const small: Mark[] = [];
  const unknown: Mark[] = [];
  for (const mark of marks) {
    const key = placeOf(mark.across);
    if (key !== undefined) at.set(key, [...(at.get(key) ?? []), mark]);
    else if (countriesCalled(mark.across).length === 1) small.push(mark);
    else unknown.push(mark);
  }
  const places = [...at].map(([key, marks]) => {
    const sorted = marks.toSorted((a, b) => b.value - a.value);
    return { key, value: sorted[0]?.value ?? 0, says: sorted.map(({ says }) => says).join('; ') };
  });
  const leftOut = [
    small.length > 0 && `Too small for the map, or part of another country on it: ${named(small)}.`,
    unknown.length > 0 && `Not the name of a country, or ambiguous: ${named(unknown)}.`,
  ].filter(Boolean);
  return { places, ...(leftOut.length > 0 && { leftOut: leftOut.join(' ') }) };
}

const named = (marks: readonly Mark[]): string =>
  marks.map(({ across, value }) => `${across} (${number(value)})`).join('; ');
