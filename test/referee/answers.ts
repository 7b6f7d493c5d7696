/** Calculates the eight answers from the clean rows with DuckDB. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type ByDataset, DATASETS, type DatasetName } from './arrivals.ts';
import { exactNumber, type Row, type Value } from './clean.ts';

export type AnswerName = keyof typeof ANSWERS;

/** Posts joined with their places (`placed`) and with their users (`posted`). */
const VIEWS = `
  CREATE VIEW placed AS
    SELECT p.category, p.poster_name, p.follower_count, g.country, year(g."timestamp") AS post_year
    FROM pin p, geo g WHERE p.ind = g.ind;
  CREATE VIEW posted AS
    SELECT p.category, p.follower_count, year(u.date_joined) AS join_year,
      CASE WHEN u.age >= 51 THEN '+50' WHEN u.age >= 36 THEN '36-50' WHEN u.age >= 25 THEN '25-35'
           WHEN u.age >= 18 THEN '18-24' WHEN u.age >= 0 THEN 'under 18' END AS age_group
    FROM pin p, "user" u WHERE p.ind = u.ind`;

function topCategory(group: string, posts: string): string {
  return `
    WITH counted AS (SELECT ${group}, category, count(*) AS category_count FROM ${posts} GROUP BY ALL)
    SELECT * FROM counted WHERE ${group} IS NOT NULL AND category IS NOT NULL
    QUALIFY category_count = max(category_count) OVER (PARTITION BY ${group})`;
}

/** Returns SQL for a median. DuckDB's own median calculates with doubles; here, the sum of the middle values is exact. */
function medianFollowers(groups: string[]): string {
  const known = [...groups, 'follower_count'].map((column) => `${column} IS NOT NULL`).join(' AND ');
  const by = groups.join(', ');
  return `
    WITH ranked AS (
      SELECT ${by}, follower_count::HUGEINT AS followers,
        row_number() OVER (PARTITION BY ${by} ORDER BY follower_count) AS nth,
        count(*) OVER (PARTITION BY ${by}) AS n
      FROM posted WHERE ${known})
    SELECT ${by}, sum(followers)::DOUBLE / count(*) AS median_follower_count
    FROM ranked WHERE nth IN ((n + 1) // 2, n // 2 + 1) GROUP BY ALL`;
}

const ANSWERS = {
  top_category_by_country: topCategory('country', 'placed'),
  top_category_by_year: topCategory('post_year', 'placed'),
  top_poster_by_country: `
    SELECT DISTINCT country, poster_name, follower_count FROM placed
    WHERE country IS NOT NULL AND poster_name IS NOT NULL AND follower_count IS NOT NULL
    QUALIFY follower_count = max(follower_count) OVER (PARTITION BY country)`,
  top_category_by_age_group: topCategory('age_group', 'posted'),
  median_followers_by_age_group: medianFollowers(['age_group']),
  users_joined_by_year: `
    SELECT year(date_joined) AS join_year, count(*) AS users_joined
    FROM (SELECT DISTINCT user_name, age, date_joined FROM "user" WHERE date_joined IS NOT NULL) GROUP BY ALL`,
  median_followers_by_join_year: medianFollowers(['join_year']),
  median_followers_by_join_year_and_age_group: medianFollowers(['join_year', 'age_group']),
} as const;

const ANSWER_NAMES = Object.keys(ANSWERS) as AnswerName[];

/** The columns that the answers read. */
const TABLES: ByDataset<Record<string, string>> = {
  pin: { ind: 'INTEGER', follower_count: 'BIGINT', poster_name: 'VARCHAR', category: 'VARCHAR' },
  geo: { ind: 'INTEGER', country: 'VARCHAR', timestamp: 'TIMESTAMP' },
  user: { ind: 'INTEGER', user_name: 'VARCHAR', age: 'INTEGER', date_joined: 'TIMESTAMP' },
};

export async function answer(clean: ByDataset<readonly Row[]>): Promise<Record<AnswerName, Row[]>> {
  const database = await DuckDBInstance.create();
  const connection = await database.connect();
  try {
    for (const table of DATASETS) await load(connection, table, clean[table]);
    for (const view of VIEWS.split(';')) await connection.run(view);
    const answers = {} as Record<AnswerName, Row[]>;
    for (const name of ANSWER_NAMES) {
      const rows = (await connection.runAndReadAll(ANSWERS[name])).getRowObjects();
      answers[name] = rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [
            column,
            typeof value === 'bigint' ? exactNumber(value) : (value as Value),
          ]),
        ),
      );
    }
    return answers;
  } finally {
    connection.closeSync();
    database.closeSync();
  }
}

async function load(connection: DuckDBConnection, table: DatasetName, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(TABLES[table]);
  const typed = Object.entries(TABLES[table]).map(
    ([name, type]) => `CAST("${name}" AS ${type}) AS "${name}"`,
  );
  await connection.run(`CREATE TABLE as_text (${columns.map((name) => `"${name}" VARCHAR`).join(', ')})`);
  const appender = await connection.createAppender('as_text');
  for (const row of rows) {
    for (const column of columns) {
      const value = row[column] ?? null;
      if (value === null) appender.appendNull();
      else appender.appendVarchar(String(value));
    }
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(
    `CREATE TABLE "${table}" AS SELECT ${typed.join(', ')} FROM as_text; DROP TABLE as_text`,
  );
}
