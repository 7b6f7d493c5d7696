/** A question: a .sql file that begins with it, its notes and its chart. */
import { AppError } from '../errors.ts';
import { CHART_LINE, type Chart, parseChart } from './chart.ts';
import { columnsOf } from './columns.ts';

export interface Query {
  /** Name of the file and of the answer's table. */
  readonly name: string;
  /** The first line. */
  readonly question: string;
  /** What a reader must know about the answer: the comment lines after the question. */
  readonly notes: string;
  /** From the comment line that begins with `chart:`; without one, the answer is shown as a table alone. */
  readonly chart?: Chart;
  /** The SELECT itself, without the comment on top. */
  readonly sql: string;
  /** Names of the answer's columns, in order. */
  readonly columns: readonly string[];
  /** Names of the datasets whose clean tables it reads. */
  readonly reads: readonly string[];
}

/** Reads one query file. @throws AppError where it is not written as queries are */
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
  const columns = columnsOf(sql);
  const charts = comments.filter((line) => CHART_LINE.test(line));
  if (charts.length > 1)
    throw new AppError('QUERY', `The query ${name}.sql has one chart line, got ${charts.length}.`);
  const chart = charts[0] && parseChart(name, charts[0].replace(CHART_LINE, ''), columns);
  const notes = comments.filter((line) => !CHART_LINE.test(line)).join(' ');
  const reads = [...new Set([...sql.matchAll(/\bclean_(\w+)/g)].map((match) => match[1] as string))];
  return { name, question, notes, ...(chart && { chart }), sql, columns, reads };
}
