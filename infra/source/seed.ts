/** `npm run infra seed`: writes posts into the source database, and creates the user who reads them. */
import { type Connection, createConnection } from 'mysql2/promise';
import { AppError } from '../../src/errors.ts';
import { stackName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { type MysqlAddress, parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import { explainMysql } from '../../src/posts/mysql-errors.ts';
import type { Post } from '../../src/posts/post.ts';
import { requireTables } from '../../src/posts/source-tables.ts';
import { secretValue, stackState } from '../doctor/questions.ts';
import type { Session } from '../session.ts';
import { ADMIN, DATABASE, MYSQL_PORT, READER, sendCommand } from './database.ts';

/** Amazon's plugin, which authenticates with IAM: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html */
const RDS_LOGIN = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'";
/** Posts that are sent in one statement. */
const BATCH = 250;

export interface SeedOptions {
  /** The local end of a tunnel to the database, `host:port`. */
  readonly via: string;
  /** The minimum number of posts in the tables afterwards. */
  readonly count: number;
}

/**
 * Fills the deployed database through a tunnel.
 * @returns the exit code
 * @throws AppError if there is no such database, or it can't be reached
 */
export async function seed(
  { infra, aws }: Session,
  { via, count }: SeedOptions,
  say: (line: string) => void,
): Promise<number> {
  requireTables();
  const state = await stackState(aws, stackName(infra.id, 'source'));
  const { SourceHost: host, SourceSecretArn: secret } = state?.outputs ?? {};
  if (host === undefined || secret === undefined)
    throw new AppError(
      'NO_SOURCE',
      `Pipeline ${infra.id} has no source database in ${aws.region}: set source.enabled to true in infra/settings.yml, then run "npm run infra deploy source".`,
    );
  const { password } = JSON.parse(await secretValue(aws, secret)) as { password: string };
  const address = parseMysqlAddress(
    `mysql://${ADMIN}@${host}:${MYSQL_PORT}/${DATABASE}?via=${via}`,
    password,
  );
  const added = await fillSource(address, { count, login: RDS_LOGIN });
  say(`${added} posts added: the database contains the emulated posts 0 to ${count - 1} of seed 1.`);
  say(`To send them: ${sendCommand(host, via)}`);
  return 0;
}

/**
 * Creates the tables and the reader if they are missing, and adds missing posts. It is idempotent, even after an interruption:
 * existing rows do not change.
 * @param login MySQL's clause for the reader's authentication
 * @returns how many posts were added
 */
export async function fillSource(
  address: MysqlAddress,
  { count, login }: { readonly count: number; readonly login: string },
): Promise<number> {
  let connection: Connection | undefined;
  try {
    connection = await createConnection(address.connection);
    for (const { table, number, columns } of requireTables())
      await connection.query(
        `CREATE TABLE IF NOT EXISTS ${table} (\`${number}\` BIGINT PRIMARY KEY, ${columns}) CHARACTER SET utf8mb4`,
      );
    await connection.query(`CREATE USER IF NOT EXISTS '${READER}'@'%' ${login} REQUIRE SSL`);
    await connection.query(`GRANT SELECT ON ${address.connection.database}.* TO '${READER}'@'%'`);
    return await addPosts(connection, count);
  } catch (error) {
    throw explainMysql(error, address);
  } finally {
    await connection?.end().catch(() => {});
  }
}

async function addPosts(connection: Connection, count: number): Promise<number> {
  const [{ table, number }] = requireTables();
  const counted = async () => {
    const [rows] = await connection.query(`SELECT COUNT(\`${number}\`) AS posts FROM ${table}`);
    return Number((rows as { posts: unknown }[])[0]?.posts);
  };
  const before = await counted();
  const open: Post[] = [];
  for (const post of emulatedPosts({ seed: 1, count }).read() as Iterable<Post>)
    if (open.push(post) === BATCH) await insert(connection, open.splice(0));
  if (open.length > 0) await insert(connection, open);
  return (await counted()) - before;
}

async function insert(connection: Connection, posts: readonly Post[]): Promise<void> {
  // The first table is filled last, because its rows are counted: a post counts only after its rows in all tables exist.
  const [first, ...others] = requireTables();
  for (const { dataset, table, number } of [...others, first]) {
    const records = posts
      .flat()
      .filter((one) => one.dataset === dataset)
      .map(({ line }) => JSON.parse(line.toString()) as Record<string, unknown>);
    const columns = Object.keys(records[0] ?? {});
    const values = records.map((record) => columns.map((column) => record[column]));
    // An existing row is not changed.
    await connection.query(`INSERT INTO ?? (??) VALUES ? ON DUPLICATE KEY UPDATE ?? = ??`, [
      table,
      columns,
      values,
      number,
      `${table}.${number}`,
    ]);
  }
}
