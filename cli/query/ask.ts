/** For `npm run query`: shows an answer of the project, or the result of SQL or of a .sql file. */
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
import { counted } from '../../src/format.ts';
import { type Interrupts, interrupts } from '../../src/interrupts.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { queries } from '../../src/project/queries/index.ts';
import type { Query } from '../../src/queries/query.ts';
import { readSettings } from '../../src/settings.ts';
import { rejectedWhenAborted } from '../../src/wait.ts';
import type { QueryFlags } from './flags.ts';
import { tablesOf } from './tables.ts';

/** The argument that shows how many records arrived, and why records or values were rejected. */
const QUALITY = 'quality';

/** Number of rows that are fetched, measured and written in one step. */
const ROWS_A_PAGE = 1000;

/**
 * Resolves with the exit code: 0, or, if a signal canceled a statement, 130 for Ctrl-C, 143 for SIGTERM, 129 for
 * SIGHUP.
 */
export async function answer(what: string, flags: QueryFlags): Promise<number | void> {
  const asked = await statementsOf(what);
  if ((asked.answer || what === QUALITY) && Object.keys(flags.parameters).length > 0)
    throw new UsageError(`--param can only be used with SQL: ${what} has no parameters.`);
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
    console.error('canceled');
    return taken.exitCode;
  } finally {
    await sql?.close();
    taken.release();
  }
}

interface Statements {
  /** The statements to run; at least one. */
  readonly statements: readonly string[];
  /** Set if the statement reads an answer's table. */
  readonly answer?: Query;
}

/** @throws UsageError if `what` is not an answer, a .sql file or SQL */
export async function statementsOf(what: string): Promise<Statements> {
  const answer = queries.find(({ name }) => name === what);
  if (answer) return { statements: [`SELECT * FROM ${answer.name}`], answer };
  if (what === QUALITY) return { statements: [limitsSql(datasets), qualitySql(datasets)] };
  if (/\.sql$/i.test(what)) return { statements: some(readText(what), what) };
  if (/\s/.test(what.trim())) return { statements: some(what, 'The SQL') };
  throw new UsageError(
    `There is no answer "${what}"; the answers are ${queries.map(({ name }) => name).join(', ')}. Put SQL in quotes.`,
  );
}

function some(text: string, what: string): string[] {
  const found = statements(text);
  if (found.length > 0) return found;
  throw new UsageError(`${what} contains no statement.`);
}

/** Runs a statement. An answer is small and is sorted here; other results keep the warehouse's order. */
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
  // While the pager runs, a second Ctrl-C must not end this process: the pager handles Ctrl-C itself, and must end
  // before the terminal can be used again.
  taken.ignoreSecond = dressed;
  let count: number;
  try {
    if (dressed && answer) await output.write(`${answer.question}\n`);
    count = await show(result, format, output, isTTY ? width : undefined);
    if (dressed) await output.write(`${counted(count, 'row')}\n`);
  } finally {
    await output.end();
    taken.ignoreSecond = false;
  }
  if (count === 0) console.error(answer ? emptyAnswer(answer) : 'no rows');
}
