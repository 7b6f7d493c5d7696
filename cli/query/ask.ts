/** Shows what `npm run query` was asked: an answer, any SQL, or a file of it, from the workspace's tables. */
import { advised, emptyAnswer } from '../../src/databricks/advice.ts';
import { sortAnswer } from '../../src/databricks/answers.ts';
import { readConnection } from '../../src/databricks/connection.ts';
import { limitsSql, qualitySql } from '../../src/databricks/quality.ts';
import { type Output, pager, standardOutput } from '../../src/databricks/show/output.ts';
import { show } from '../../src/databricks/show/show.ts';
import { waiting } from '../../src/databricks/show/waiting.ts';
import { openSql, type Sql, type SqlRow, type SqlStream, type SqlValues } from '../../src/databricks/sql.ts';
import { statements } from '../../src/databricks/statements.ts';
import { UsageError } from '../../src/errors.ts';
import { readText } from '../../src/files/read.ts';
import { type Interrupts, interrupts } from '../../src/interrupts.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import type { Query } from '../../src/queries/query.ts';
import { readSettings } from '../../src/settings.ts';
import { rejectedWhenAborted } from '../../src/wait.ts';
import type { QueryFlags } from './flags.ts';
import { tablesOf } from './tables.ts';

/** The word for what arrived and what was wrong with it. */
const QUALITY = 'quality';

/** Rows that are fetched, measured and written at once. */
const ROWS_A_PAGE = 1000;

/** Exit code 130 where Ctrl-C cancelled a statement, 143 and 129 where SIGTERM or SIGHUP did. */
export async function answer(what: string, flags: QueryFlags): Promise<number | void> {
  const asked = await statementsOf(what);
  const settings = readSettings();
  const connection = await readConnection(settings);
  const tables = await tablesOf(flags, settings, connection);
  const options = { warehouse: settings.databricks.warehouse, ...tables };
  const taken = interrupts();
  const interrupted = taken.first;
  let sql: Sql | undefined;
  let answered = waiting(process.stderr);
  try {
    const opening = openSql(connection, options);
    sql = await Promise.race([opening, rejectedWhenAborted(interrupted)]);
    for (const statement of asked.statements) {
      const result = await ask(sql, statement, asked.answer, { ...flags, signal: interrupted });
      answered();
      await write(result, flags, asked.answer, settings.pager, taken);
      answered = waiting(process.stderr);
    }
    answered();
    return 0;
  } catch (error) {
    answered();
    if (!interrupted.aborted) throw await advised(error, tables, connection, options);
    console.error('cancelled');
    return taken.exitCode;
  } finally {
    await sql?.close();
    taken.release();
  }
}

interface Statements {
  /** At least one. */
  readonly statements: readonly string[];
  /** Set where the statement reads an answer's table. */
  readonly answer?: Query;
}

/** @throws UsageError for a word that is neither an answer, a file nor SQL */
export async function statementsOf(what: string): Promise<Statements> {
  const answer = queries.find(({ name }) => name === what);
  if (answer) return { statements: [`SELECT * FROM ${answer.name}`], answer };
  if (what === QUALITY) return { statements: [limitsSql(datasets), qualitySql(datasets)] };
  if (/\.sql$/i.test(what)) {
    const text = readText(what);
    return { statements: some(text, what) };
  }
  if (/\s/.test(what.trim())) return { statements: some(what, 'The SQL') };
  throw new UsageError(
    `There is no answer "${what}": there are ${queries.map(({ name }) => name).join(', ')}. SQL is written in quotes.`,
  );
}

function some(text: string, what: string): string[] {
  const found = statements(text);
  if (found.length > 0) return found;
  throw new UsageError(`${what} holds no statement.`);
}

/** Answers are small, and sorted here; anything else comes as the warehouse orders it. */
async function ask(
  sql: Sql,
  statement: string,
  answer: Query | undefined,
  { parameters, signal }: QueryFlags & { signal: AbortSignal },
): Promise<SqlStream> {
  if (!answer) return sql.stream(statement, { parameters, signal, rowsAPage: ROWS_A_PAGE });
  const { columns, rows } = await sql.query(statement, { signal });
  const sorted = (sortAnswer(rows) as SqlRow[]).map((row) => columns.map(({ name }) => row[name] ?? null));
  return { columns, pages: onePage(sorted) };
}

async function* onePage(rows: SqlValues[]): AsyncGenerator<SqlValues[], void> {
  if (rows.length > 0) yield rows;
}

async function write(
  result: SqlStream,
  { format }: QueryFlags,
  answer: Query | undefined,
  pagerCommand: string,
  taken: Interrupts,
): Promise<void> {
  if (result.columns.length === 0) return console.error('done');
  const { isTTY, columns: width } = process.stdout;
  const dressed = isTTY && format === 'table';
  const output: Output = dressed ? pager(pagerCommand) : standardOutput();
  // A pager has its own idea of Ctrl-C, and its terminal back only when it has ended.
  taken.ignoreSecond = dressed;
  let count: number;
  try {
    if (dressed && answer) await output.write(`${answer.question}\n`);
    count = await show(result, format, output, dressed ? width : undefined);
    if (dressed) await output.write(`${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}\n`);
  } finally {
    await output.end();
    taken.ignoreSecond = false;
  }
  if (count === 0) console.error(answer ? emptyAnswer(answer) : 'no rows');
}
