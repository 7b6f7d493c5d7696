/**
 * The chart of an answer. A comment line of the query declares it; the report and the dashboard draw it. Examples:
 *
 *     -- chart: bars value=category_count by=country label=category
 *     -- chart: dots value=median_total by=status scale=log
 *     -- chart: heatmap value=category_count by=post_year,category
 *     -- chart: map value=orders by=country label=status scale=log
 */
import { AppError } from '../errors.ts';

/** The number of columns in `by`. */
const GROUPS = { bars: 1, dots: 1, heatmap: 2, map: 1 } as const;

/**
 * The maximum number of groups in a chart. A chart omits the groups with the lowest values, or the earliest times; the table has
 * all groups.
 */
export const MAX_GROUPS = 20;
/** The maximum number of hours in a chart: those of a day. */
export const MAX_HOURS = 24;

type ChartKind = keyof typeof GROUPS;

export interface Chart {
  /**
   * Bars start at zero. Dots don't, so a chart of dots may have a logarithmic scale. A map shows countries, followed by bars of
   * the same values.
   */
  readonly kind: ChartKind;
  /** The column with the numbers. */
  readonly value: string;
  /** The columns of the groups: one column, or two in a heat map (across and down). */
  readonly by: readonly string[];
  /** A column whose text is shown next to the number, such as the name of the winner. */
  readonly label?: string;
  readonly scale: 'linear' | 'log';
}

export const CHART_LINE = /^chart:\s*/;

/** Parses the text after `-- chart:`. @throws AppError with the query and the mistake */
export function parseChart(query: string, text: string, columns: readonly string[]): Chart {
  const wrong = (why: string) => new AppError('QUERY', `The chart of ${query}.sql ${why}, got "${text}".`);
  const [kind = '', ...pairs] = text.trim().split(/\s+/);
  if (!(kind in GROUPS)) throw wrong(`must be one of ${Object.keys(GROUPS).join(', ')}`);
  const settings: Record<string, string> = {};
  for (const pair of pairs) {
    const [, key = '', value = ''] = /^(value|by|label|scale)=([\p{L}\p{N}_,]+)$/u.exec(pair) ?? [];
    if (key === '' || settings[key] !== undefined)
      throw wrong('can have value=, by=, label= and scale=, each at most once and with a value');
    settings[key] = value;
  }
  const { value, by = '', label, scale = 'linear' } = settings;
  const groups = by.split(',').filter(Boolean);
  const wanted = GROUPS[kind as ChartKind];
  if (value === undefined) throw wrong('must use value= to name the column with its numbers');
  if (groups.length !== wanted)
    throw wrong(`must name ${wanted} column${wanted > 1 ? 's (across and down)' : ''} with by= for ${kind}`);
  if (scale !== 'linear' && scale !== 'log') throw wrong('must have scale=linear or scale=log');
  if (scale === 'log' && kind === 'bars')
    throw wrong("can't have scale=log, because bars begin at zero: use dots, a heat map or a map");
  const unknown = [value, ...groups, ...(label ? [label] : [])].find((name) => !columns.includes(name));
  if (unknown !== undefined)
    throw wrong(
      `must name columns of the query's SELECT (${columns.join(', ') || 'which names none'}), not ${unknown}`,
    );
  return { kind: kind as ChartKind, value, by: groups, ...(label && { label }), scale };
}
