/** The source database: its users, its tables, and how it is reached. */
import { MYSQL_TABLES } from '../../src/project/mysql-tables.ts';

/** Long-term support; standard support of RDS ends in July 2029. */
export const ENGINE_VERSION = '8.4';
export const MYSQL_PORT = 3306;
export const DATABASE = 'pinterest';
/** Makes the tables. */
export const ADMIN = 'admin';
/** The user who reads the tables, as an AWS identity. */
export const READER = 'reader';

/** The near end of the tunnel in docs/aws.md; no port at which a database of this machine usually is. */
export const TUNNEL = '127.0.0.1:13306';
export const SEEDED_POSTS = 1000;

/** The tables of the original emulation, as the producer reads them, and their other columns. */
export const SOURCE_TABLES = {
  pin: {
    ...MYSQL_TABLES.pin,
    columns: `unique_id TEXT, title TEXT, description TEXT, poster_name TEXT, follower_count TEXT, tag_list TEXT,
      is_image_or_video TEXT, image_src TEXT, downloaded BIGINT, save_location TEXT, category TEXT`,
  },
  geo: {
    ...MYSQL_TABLES.geo,
    columns: 'timestamp DATETIME, latitude DOUBLE, longitude DOUBLE, country TEXT',
  },
  user: {
    ...MYSQL_TABLES.user,
    columns: 'first_name TEXT, last_name TEXT, age BIGINT, date_joined DATETIME',
  },
} as const;
