/** The database tables of the original emulation, from which the producer can read posts, by dataset. */
import type { SourceTable } from '../posts/source-table.ts';

/**
 * The tables. `infra seed` counts the rows of the first table, and therefore fills it last. Without tables, posts can't be read
 * from a database.
 */
export const SOURCE_TABLES: Readonly<Record<string, SourceTable>> = {
  pin: {
    table: 'pinterest_data',
    number: 'index',
    columns: `unique_id TEXT, title TEXT, description TEXT, poster_name TEXT, follower_count TEXT, tag_list TEXT,
      is_image_or_video TEXT, image_src TEXT, downloaded BIGINT, save_location TEXT, category TEXT`,
  },
  geo: {
    table: 'geolocation_data',
    number: 'ind',
    columns: 'timestamp DATETIME, latitude DOUBLE, longitude DOUBLE, country TEXT',
  },
  user: {
    table: 'user_data',
    number: 'ind',
    columns: 'first_name TEXT, last_name TEXT, age BIGINT, date_joined DATETIME',
  },
};
