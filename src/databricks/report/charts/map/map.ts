/** Maps of countries, coloured by value, with a legend below. */
import type { TopLevelSpec } from 'vega-lite';
import type { Chart } from '../../../../queries/chart.ts';
import type { Plot } from '../plot.ts';
import { stepsOf } from '../steps.ts';
import { around, BORDER, config, MUTED, NONE, step } from '../theme.ts';
import { legend } from './legend.ts';
import { placed } from './places.ts';
import { world } from './world.ts';

/** Width and height of the Equal Earth projection at scale 1. The projection keeps the relative areas of countries. */
const EQUAL_EARTH = { width: 5.4133, height: 2.6347 };

/** The width of a spot relative to the map's width. */
const SPOT = 1 / 110;

export function map(chart: Chart, plot: Plot, width: number): TopLevelSpec {
  const { places } = placed(plot.marks);
  const { shapes, spots } = world();
  const values = places.map(({ value }) => value);
  const stepOf = stepsOf(chart, values);
  const drawn = places.map((place) => ({ ...place, fill: step(stepOf(place.value)) }));
  const filled = new Map(drawn.map((place) => [place.key, place]));
  const height = Math.round((width * EQUAL_EARTH.height) / EQUAL_EARTH.width);
  const colours = legend(chart.value, values, stepOf, width);
  const drawnAs = { stroke: MUTED, strokeWidth: BORDER, clip: false };
  const colour = { color: { field: 'fill', scale: null }, description: { field: 'says' } } as const;
  return {
    config,
    ...around({ bottom: colours.height }),
    width,
    height,
    projection: {
      type: 'equalEarth',
      scale: width / EQUAL_EARTH.width,
      translate: [width / 2, height / 2],
    },
    layer: [
      {
        data: { values: [...shapes].flatMap(([key, shape]) => (filled.has(key) ? [] : { ...shape })) },
        mark: { type: 'geoshape', color: NONE, ...drawnAs, aria: false },
      },
      {
        data: {
          values: [...shapes].flatMap(([key, shape]) =>
            filled.has(key) ? { ...shape, ...filled.get(key) } : [],
          ),
        },
        mark: { type: 'geoshape', ...drawnAs },
        encoding: colour,
      },
      {
        data: {
          values: drawn.flatMap((place) => {
            const [longitude, latitude] = spots.get(place.key) ?? [];
            return longitude === undefined ? [] : { ...place, longitude, latitude };
          }),
        },
        mark: { type: 'circle', size: (width * SPOT) ** 2, opacity: 1, ...drawnAs },
        encoding: {
          longitude: { field: 'longitude', type: 'quantitative' },
          latitude: { field: 'latitude', type: 'quantitative' },
          ...colour,
        },
      },
      ...colours.layers(height),
    ],
  };
}
