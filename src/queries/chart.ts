/**
 * How an answer is drawn, a comment line of its query: report and dashboard are made from it.
 *
 *     -- chart: bars value=category_count by=country label=category
 *     -- chart: dots value=median_total by=status scale=log
 *     -- chart: heatmap value=category_count by=post_year,category
 *     -- chart: map value=orders by=country label=status scale=log
 */
import { AppError } from '../errors.ts';

/** The number of columns in `by`. */
const GROUPS = { bars: 1, dots: 1, heatmap: 2, map: 1 } as const;

/** Groups that a chart shows, the highest first: more bars than this cannot be read, and the table has them all. */
export const MAX_GROUPS = 20;

type ChartKind = keyof typeof GROUPS;

export interface Chart {
  /**
   * Bars start at zero; dots don't, so they may have a logarithmic scale. A map shows countries, with bars of the same
   * values below it.
   */
  readonly kind: ChartKind;
  /** The column with the numbers. */
  readonly value: string;
  /** The columns that name what a number is of: one, or across and down in a heat map. */
  readonly by: readonly string[];
  /** A column whose text is written at the number: the name of the winner. */
  readonly label?: string;
  readonly scale: 'linear' | 'log';
}

export const CHART_LINE = /^chart:\s*/;

/** Reads what stands after `-- chart:`. @throws AppError that names what is wrong, with the query */
export function parseChart(query: string, text: string, columns: readonly string[]): Chart {
  const wrong = (why: string) => new AppError('QUERY', `The chart of ${query}.sql ${why}, got "${text}".`);
  const [kind = '', ...pairs] = text.trim().split(/\s+/);
  if (!(kind in GROUPS)) throw wrong(`is one of ${Object.keys(GROUPS).join(', ')}`);
  const settings: Record<string, string> = {};
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^(value|by|label|scale)=([\w,]+)$/.exec(pair) ?? [];
    if (key === '' || settings[key] !== undefined)
      throw wrong('has value=, by=, label= and scale=, each once and with the name of a column');
    settings[key] = value;
  }
  const { value, by = '', label, scale = 'linear' } = settings;
  const groups = by.split(',').filter(Boolean);
  const wanted = GROUPS[kind as ChartKind];
  if (value === undefined) throw wrong('names the column of its numbers with value=');
  if (groups.length !== wanted)
    throw wrong(`of ${kind} names ${wanted} column${wanted > 1 ? 's, across and down,' : ''} with by=`);
  if (scale !== 'linear' && scale !== 'log') throw wrong('has scale=linear or scale=log');
  if (scale === 'log' && kind === 'bars')
    throw wrong('can only have scale=log as dots, as a heat map or as a map: bars begin at zero');
  const unknown = [value, ...groups, ...(label ? [label] : [])].find((name) => !columns.includes(name));
  if (unknown !== undefined)
    throw wrong(
      `names columns of its last SELECT (${columns.join(', ') || 'which names none'}), not ${unknown}`,
    );
  return { kind: kind as ChartKind, value, by: groups, ...(label && { label }), scale };
}
