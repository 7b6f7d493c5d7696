/** The source database: its users, and how to reach it. */
import { PROJECT } from '../../src/project/project.ts';

/** A version of MySQL with long-term support. The standard support of RDS for it ends in July 2029. */
export const ENGINE_VERSION = '8.4';
export const MYSQL_PORT = 3306;
export const DATABASE = PROJECT;
/** The user who creates the tables. */
export const ADMIN = 'admin';
/** The user who reads the tables, as an AWS identity. */
export const READER = 'reader';

/** The local end of the tunnel in docs/aws.md, at a port that a local database does not usually use. */
export const TUNNEL = '127.0.0.1:13306';
export const SEEDED_POSTS = 1000;

/**
 * Returns the command that sends the database's posts, through a tunnel. The destination is the API, because only machines in the
 * VPC reach the brokers.
 * @param via the local end of the tunnel
 */
export const sendCommand = (host: string, via: string): string =>
  `npm run produce rest -- --from "mysql://${READER}@${host}/${DATABASE}?auth=iam&via=${via}"`;
