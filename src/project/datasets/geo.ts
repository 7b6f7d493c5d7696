import { z } from 'zod';
import type { Dataset } from '../../datasets/dataset.ts';
import { degrees, moment, postNumber, text } from '../../datasets/rules.ts';

/** The place and the time of a post. */
const geo: Dataset = {
  name: 'geo',
  singular: 'a geo record',
  plural: 'geo records',
  title: 'Geo: where and when it was posted',
  grain: 'one row per post: country, coordinates and time',
  key: 'ind',
  fields: {
    ind: { description: 'Number of the post', rule: postNumber, sent: z.int().min(0) },
    timestamp: { description: 'When the post was made, UTC', rule: moment, sent: z.string() },
    latitude: { description: 'Latitude in degrees', rule: degrees(90), sent: z.number() },
    longitude: { description: 'Longitude in degrees', rule: degrees(180), sent: z.number() },
    country: { description: 'Country the post was made in', rule: text, sent: z.string() },
  },
  columns: [
    { name: 'ind' },
    { name: 'country' },
    {
      name: 'coordinates',
      type: 'ARRAY<DOUBLE>',
      description: 'Latitude and longitude in degrees',
      cleaning: '`[latitude, longitude]`; NULL if either is missing',
      sql: 'CASE WHEN {latitude} IS NOT NULL AND {longitude} IS NOT NULL THEN array({latitude}, {longitude}) END',
    },
    { name: 'timestamp' },
  ],
};

export default geo;
