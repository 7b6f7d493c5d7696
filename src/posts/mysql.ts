/**
 * Reads posts from a database with the project's tables: each post once, in the order of post numbers, or at random with
 * repeats.
 */
import { AppError } from '../errors.ts';
import { recordFrom } from './key.ts';
import type { MysqlAddress } from './mysql-address.ts';
import { Database, type Row } from './mysql-database.ts';
import type { Post, PostRecord, Posts } from './post.ts';
import { randomOf } from './random.ts';
import { type DatasetTable, requireTables, TABLES } from './source-tables.ts';

export interface MysqlOptions {
  readonly address: MysqlAddress;
  readonly order?: 'index' | 'random';
  /** The seed of the random draw. */
  readonly seed?: number;
  readonly count?: number | undefined;
}

/** The table whose numbers are drawn at random. */
const [FIRST] = TABLES as [DatasetTable];

/** The maximum number of rows per query. A server closes the connection of a client that reads a longer result too slowly. */
const PAGE = 1000;

/** The number of draws that are queried together. */
const DRAWS = 200;

/** Distinguishes this stream of random numbers from those of the emulated posts. */
const DRAW = 5;

/** A number below every post number. Reading starts after it, and a row without a post number gets it as its number. */
const NOWHERE = Number.MIN_SAFE_INTEGER;

/**
 * Returns the posts of a database, at most `count`. In the order `index`, each post is returned once, by its number. In
 * the order `random`, posts are drawn without end if `count` is not set; the same seed draws the same posts.
 * @throws UsageError if the project declares no database tables
 */
export function mysqlPosts({ address, order = 'index', seed = 1, count }: MysqlOptions): Posts {
  requireTables();
  const positions = new WeakMap<Post, number>();

  async function* read(after?: number): AsyncGenerator<Post> {
    const database = new Database(address);
    try {
      const posts = order === 'index' ? inOrder(database, after) : atRandom(database, seed, after);
      let left = count === undefined ? Number.POSITIVE_INFINITY : count - (await done(database, after));
      if (left <= 0) return;
      for await (const { post, position } of posts) {
        positions.set(post, position);
        yield post;
        if (--left <= 0) return;
      }
    } finally {
      await database.close();
    }
  }

  const done = async (database: Database, after: number | undefined): Promise<number> =>
    order === 'random' || after === undefined ? (after ?? 0) : postsUntil(database, after);

  return {
    datasets: TABLES.map(({ dataset }) => dataset),
    ...(count !== undefined && order === 'random' ? { total: count } : {}),
    read,
    position: (post) => positions.get(post) as number,
    where: ({ dataset, at: number }) => {
      const { table, number: column } = TABLES.find((one) => one.dataset === dataset) as DatasetTable;
      return number === NOWHERE ? `a row of ${table} without ${column}` : `${column} ${number} of ${table}`;
    },
  };
}

interface PostAtPosition {
  readonly post: Post;
  readonly position: number;
}

/**
 * Yields all posts by number. All rows with the same number, in all tables, are one post. Rows without a number come last;
 * a run that is resumed among these rows sends all of them again.
 */
async function* inOrder(database: Database, after = NOWHERE): AsyncGenerator<PostAtPosition> {
  const readers = TABLES.map((table) => ({ table, groups: groups(database, table, after) }));
  const heads = await Promise.all(readers.map(({ groups }) => groups.next()));
  let position = after;
  for (;;) {
    const numbers = heads.flatMap((head) => (head.done ? [] : [head.value.number]));
    if (numbers.length === 0) break;
    position = Math.min(...numbers);
    const rows: (readonly Row[])[] = [];
    for (const [nth, { groups }] of readers.entries()) {
      const head = heads[nth];
      const mine = head && !head.done && head.value.number === position;
      rows.push(mine ? head.value.rows : []);
      if (mine) heads[nth] = await groups.next();
    }
    yield { post: postOf(rows, position), position };
  }
  for (const table of TABLES) {
    const rows = await database.rows('SELECT * FROM ?? WHERE ?? IS NULL', [table.table, table.number]);
    for (const row of rows) yield { post: [recordFrom(table.dataset, row, NOWHERE)], position };
  }
}

/** Yields the rows of one table grouped by number, page by page. */
async function* groups(database: Database, { table, number }: DatasetTable, after: number) {
  for (let last = after, page = PAGE; ; ) {
    const sql = 'SELECT * FROM ?? WHERE ?? > ? ORDER BY ?? LIMIT ?';
    const rows = await database.rows(sql, [table, number, last, number, page]);
    const found = byNumber(rows, table, number);
    const full = rows.length === page;
    // More rows with the last number may be on the next page.
    const whole = full ? found.slice(0, -1) : found;
    for (const group of whole) yield group;
    if (!full) return;
    if (whole.length === 0) page *= 2;
    else last = (whole.at(-1) as Group).number;
  }
}

interface Group {
  readonly number: number;
  readonly rows: readonly Row[];
}

function byNumber(rows: readonly Row[], table: string, column: string): Group[] {
  const found: { number: number; rows: Row[] }[] = [];
  for (const row of rows) {
    const number = row[column];
    if (typeof number !== 'number')
      throw new AppError(
        'MYSQL_UNUSABLE',
        `${column} of ${table} must be a column of whole numbers, because posts are ordered by it.`,
      );
    const last = found.at(-1);
    if (last?.number === number) last.rows.push(row);
    else found.push({ number, rows: [row] });
  }
  return found;
}

/** Yields posts drawn at random with equal probability, with their rows of all tables, without end. */
async function* atRandom(database: Database, seed: number, after = 0): AsyncGenerator<PostAtPosition> {
  const numbers = await numbersIn(database);
  if (numbers.length === 0)
    throw new AppError('POSTS_NOT_FOUND', `${FIRST.table} is empty: there is nothing to draw.`);
  const random = randomOf(seed, DRAW);
  const draw = () => numbers[Math.floor(random() * numbers.length)] as number;
  for (let skipped = 0; skipped < after; skipped++) draw();
  for (let position = after; ; ) {
    const drawn = Array.from({ length: DRAWS }, draw);
    const rows = await Promise.all(TABLES.map((table) => rowsOf(database, table, drawn)));
    // Otherwise, draws from emptied tables would not end.
    if (rows.every((found) => found.size === 0))
      throw new AppError(
        'POSTS_NOT_FOUND',
        `None of ${DRAWS} posts drawn from ${FIRST.table} exists any more: run the command again, which reads the numbers of the posts again.`,
      );
    for (const number of drawn) {
      position++;
      const post = postOf(
        rows.map((found) => found.get(number) ?? []),
        number,
      );
      // Empty if the rows were deleted after the numbers were read.
      if (post.length > 0) yield { post, position };
    }
  }
}

/** Returns the numbers of all posts in the first table; needs eight bytes for each. */
async function numbersIn(database: Database): Promise<Float64Array> {
  const sql = 'SELECT DISTINCT ?? AS number FROM ?? WHERE ?? > ? ORDER BY 1 LIMIT ?';
  const parts: Float64Array[] = [];
  for (let last = NOWHERE; ; ) {
    const rows = await database.rows(sql, [FIRST.number, FIRST.table, FIRST.number, last, 100 * PAGE]);
    parts.push(Float64Array.from(rows, ({ number }) => Number(number)));
    if (rows.length < 100 * PAGE) break;
    last = Number(rows.at(-1)?.number);
  }
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}

async function rowsOf(database: Database, { table, number }: DatasetTable, numbers: readonly number[]) {
  const sql = 'SELECT * FROM ?? WHERE ?? IN (?) ORDER BY ??';
  const rows = await database.rows(sql, [table, number, [...new Set(numbers)], number]);
  return new Map(byNumber(rows, table, number).map((group) => [group.number, group.rows]));
}

/** Returns how many posts have a number up to `last`. */
async function postsUntil(database: Database, last: number): Promise<number> {
  const each = TABLES.map(() => 'SELECT ?? AS number FROM ?? WHERE ?? <= ?').join(' UNION ');
  const values = TABLES.flatMap(({ table, number }) => [number, table, number, last]);
  const [row] = await database.rows(`SELECT COUNT(*) AS posts FROM (${each}) AS numbers`, values);
  return Number(row?.posts);
}

/** Returns a post: one row of each table, then the remaining rows with the same number. */
function postOf(rows: readonly (readonly Row[])[], number: number): Post {
  const post: PostRecord[] = [];
  const most = Math.max(...rows.map(({ length }) => length));
  for (let nth = 0; nth < most; nth++)
    for (const [table, found] of rows.entries()) {
      const row = found[nth];
      if (row) post.push(recordFrom((TABLES[table] as DatasetTable).dataset, row, number));
    }
  return post;
}
