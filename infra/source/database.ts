/** The source database: its users, and how it is reached. */
import { PROJECT } from '../../src/project/project.ts';

/** Long-term support; standard support of RDS ends in July 2029. */
export const ENGINE_VERSION = '8.4';
export const MYSQL_PORT = 3306;
export const DATABASE = PROJECT;
/** Makes the tables. */
export const ADMIN = 'admin';
/** The user who reads the tables, as an AWS identity. */
export const READER = 'reader';

/** The near end of the tunnel in docs/aws.md; no port at which a database of this machine usually is. */
export const TUNNEL = '127.0.0.1:13306';
export const SEEDED_POSTS = 1000;
