/**
 * Renders the page as one file. It loads nothing from the network, and its Content-Security-Policy forbids requests.
 */

import { createHash } from 'node:crypto';
import path from 'node:path';
import Handlebars from 'handlebars';
import { readText } from '../../files/read.ts';
import { capital, counted, number, span, time, words } from '../../format.ts';
import { TITLE } from '../../project/project.ts';
import type { Query } from '../../queries/query.ts';
import { inOrder, isNumber, isYear, type Row } from '../answers.ts';
import { figures } from './charts/figure.ts';
import type { Answer, ReportData, Source } from './data.ts';
import { healthOf } from './health.ts';

const here = (file: string): string => readText(path.join(import.meta.dirname, file));

/** Returns a report as an HTML document. */
export async function page(data: ReportData): Promise<string> {
  // The page contains names from records, so everything is escaped except the charts, which escape their own texts.
  const template = Handlebars.create().compile(here('page.hbs'), { strict: true });
  const [style, script] = [here('page.css'), here('page.js')];
  return template({
    project: TITLE,
    style,
    script,
    styleHash: hash(style),
    scriptHash: hash(script),
    host: data.host,
    schema: data.schema,
    made: time(data.made),
    madeIso: data.made.toISOString(),
    ...healthOf(data),
    answers: await Promise.all(data.answers.map((answer) => section(answer, data.made))),
  });
}

const hash = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`;

async function section({ query, table }: Answer, now: Date) {
  const drawn = table ? await figures(query, table.rows) : [];
  return {
    name: query.name,
    question: query.question,
    notes: query.notes,
    sql: query.sql,
    figures: drawn,
    table: table && {
      made: time(table.made.at),
      madeIso: table.made.at.toISOString(),
      ago: span((now.getTime() - table.made.at.getTime()) / 1000),
      version: table.made.version,
      from: table.from.map(source),
      ...cells(query, table.rows),
    },
  };
}

const source = ({ name, read, since }: Source) => ({
  name,
  read: read ? `version ${read.version} of ${time(read.at)}` : `a version before its last ${number(since)}`,
  since: read && since > 0 ? `${counted(since, 'newer version')} since` : '',
});

/** Returns columns and cells for display; `order` is a cell's sort key. */
function cells({ columns, chart }: Query, rows: readonly Row[]) {
  const numeric = columns.map((column) => {
    const values = rows.flatMap((row) => row[column] ?? []);
    return values.length > 0 && values.every((value) => isNumeric(value, column === chart?.value));
  });
  const groups = columns.map((column) => inOrder(column, [...new Set(rows.map((row) => row[column]))]));
  return {
    count: counted(rows.length, 'row'),
    columns: columns.map((column, index) => ({
      title: capital(words(column)),
      class: numeric[index] && !isYear(column) ? 'number' : '',
      sort: index === 0 ? 'ascending' : 'none',
    })),
    rows: rows.map((row) =>
      columns.map((column, index) => {
        const value = row[column] ?? null;
        const counts = numeric[index] && !isYear(column);
        return {
          text: value === null ? '–' : counts ? number(value) : String(value),
          class: counts ? 'number' : '',
          order: numeric[index]
            ? String(value ?? Number.NEGATIVE_INFINITY)
            : groups[index]?.indexOf(row[column]),
        };
      }),
    ),
  };
}

/**
 * In the column of the chart's values, text that consists of digits is a number that a double can't hold. In any other
 * column, it may be a name.
 */
const isNumeric = (value: unknown, isValue: boolean): boolean =>
  (isValue || typeof value !== 'string') && isNumber(value);
