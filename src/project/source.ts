/**
 * The database table of each dataset, from which the producer can read posts. They are the tables of the original
 * emulation.
 */
import type { SourceTable } from '../posts/source-table.ts';

/**
 * The tables by dataset. `infra seed` counts the rows of the first table, so it fills this table last: a post counts only
 * after its rows in all tables exist. If no tables are declared, posts can't be read from a database.
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
