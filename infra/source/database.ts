/** The source database: its users, its tables, and how it is reached. */

/** Long-term support; standard support of RDS ends in July 2029. */
export const ENGINE_VERSION = '8.4';
export const MYSQL_PORT = 3306;
export const DATABASE = 'pinterest';
/** Makes the tables. */
export const ADMIN = 'admin';
/** The user who reads the tables, as an AWS identity. */
export const READER = 'reader';

/** The tables of the original emulation: name, the column with the post's number, and the others. */
export const SOURCE_TABLES = {
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
} as const;
