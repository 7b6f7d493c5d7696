/**
 * The world map of Natural Earth (public domain), from the package world-atlas: shapes at a scale of 1:110 million, and a
 * spot for each country that is too small for that scale, placed by the shapes at 1:50 million.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as vega from 'vega';
import { countriesCalled, plainName } from './countries.ts';

const { resolve } = createRequire(import.meta.url);

type Position = readonly [longitude: number, latitude: number];

/** The part of GeoJSON that is used. */
interface Shape {
  readonly type: 'Feature';
  /** The ISO 3166 number; a few shapes have none. */
  readonly id?: string;
  readonly properties: { readonly name: string };
  readonly geometry:
    | { readonly type: 'Polygon'; readonly coordinates: readonly Position[][] }
    | { readonly type: 'MultiPolygon'; readonly coordinates: readonly Position[][][] };
}

export interface World {
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly spots: ReadonlyMap<string, Position>;
  /**
   * Returns the key of the shape or spot of the country with this name; undefined if the country is not on the map, or if
   * the name is ambiguous.
   */
  readonly placeOf: (name: string) => string | undefined;
}

let read: World | undefined;

/** Returns the world map, which is read only once. */
export function world(): World {
  read ??= readWorld();
  return read;
}

function readWorld(): World {
  const [coarse, fine] = [shapesOf('countries-110m'), shapesOf('countries-50m')];
  const shapes = new Map(coarse.map((shape) => [keyOf(shape), shape]));
  const small = fine.filter((shape) => !shapes.has(keyOf(shape)));
  const spots = new Map(small.map((shape) => [keyOf(shape), middleOf(shape)]));
  const named = new Map(
    [...fine, ...coarse].map((shape) => [plainName(shape.properties.name), keyOf(shape)]),
  );
  const placeOf = (name: string): string | undefined => {
    const called = countriesCalled(name);
    if (called.length > 1) return undefined;
    return called.find((key) => shapes.has(key) || spots.has(key)) ?? named.get(plainName(name));
  };
  return { shapes, spots, placeOf };
}

/** Returns the ISO number of a shape, or its name. Natural Earth omits the number that is in use for Kosovo. */
const keyOf = ({ id, properties }: Shape): string =>
  id ?? countriesCalled(properties.name)[0] ?? properties.name;

const shapesOf = (file: string): Shape[] =>
  vega.read(readFileSync(resolve(`world-atlas/${file}.json`), 'utf8'), {
    type: 'topojson',
    feature: 'countries',
  }) as Shape[];

/** Returns the middle of the largest island; the middle of all islands may be open sea. */
function middleOf({ geometry }: Shape): Position {
  const islands = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const sized = islands.flatMap(([outline]) => (outline ? boxOf(outline) : []));
  const largest = sized.reduce((a, b) => (b.size > a.size ? b : a));
  return largest.middle;
}

function boxOf(outline: readonly Position[]): { size: number; middle: Position } {
  const [longitudes, latitudes] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  const [west, east] = [Math.min(...longitudes), Math.max(...longitudes)];
  const [south, north] = [Math.min(...latitudes), Math.max(...latitudes)];
  return { size: (east - west) * (north - south), middle: [(west + east) / 2, (south + north) / 2] };
}
