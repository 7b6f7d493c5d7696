/** Parses a query: a .sql file that begins with comment lines for its question, notes and chart. */
import { withoutTexts } from '../databricks/statements.ts';
import { AppError } from '../errors.ts';
import { CHART_LINE, type Chart, parseChart } from './chart.ts';
import { columnsOf } from './columns.ts';
import { tablesOf } from './tables.ts';

export interface Query {
  /** Name of the file and of the answer's table. */
  readonly name: string;
  /** The question: the first comment line. */
  readonly question: string;
  /** Notes for the reader: the comment lines after the question. */
  readonly notes: string;
  /** The chart that the comment line `chart:` declares; if omitted, the answer is shown only as a table. */
  readonly chart?: Chart;
  /** The SELECT without the comment lines before it. */
  readonly sql: string;
  /** Names of the answer's columns, in order. */
  readonly columns: readonly string[];
  /** Names of the datasets whose clean tables the query reads. */
  readonly reads: readonly string[];
  /** Names of all tables that the query reads, in lower case, with their schemas if the query names them. */
  readonly tables: readonly string[];
}

/** Parses one query file. @throws AppError if the file does not begin with a question, or its chart is invalid */
export function parseQuery(name: string, text: string): Query {
  const lines = text.trim().split('\n');
  const body = lines.findIndex((line) => !line.startsWith('--'));
  const [question, ...comments] = lines.slice(0, Math.max(body, 0)).map((line) => line.replace(/^--\s*/, ''));
  if (!question?.endsWith('?')) {
    throw new AppError(
      'QUERY',
      `The query ${name}.sql must begin with its question: expected "-- …?", got "${lines[0]}".`,
    );
  }
  const sql = lines.slice(body).join('\n');
  const code = withoutTexts(sql);
  const columns = columnsOf(code);
  const charts = comments.filter((line) => CHART_LINE.test(line));
  if (charts.length > 1)
    throw new AppError(
      'QUERY',
      `The query ${name}.sql must have at most one chart line, got ${charts.length}.`,
    );
  const chart = charts[0] && parseChart(name, charts[0].replace(CHART_LINE, ''), columns);
  const notes = comments.filter((line) => !CHART_LINE.test(line)).join(' ');
  const tables = tablesOf(code);
  const reads = tables.flatMap((table) => /(?:^|\.)clean_(\w+)$/.exec(table)?.[1] ?? []);
  return { name, question, notes, ...(chart && { chart }), sql, columns, reads, tables };
}
