/** A question's .sql file. */
import { mostTimes } from '../../src/databricks/answers.ts';
import { identifier } from '../../src/datasets/sql.ts';
import { cleanTable } from '../../src/names.ts';
import { wordsOf } from '../sample/words.ts';
import { selected } from '../tables.ts';
import { columnsOf, isTime, type Named, stems } from './columns.ts';
import type { Group, Plan, Unit } from './plan.ts';

/** SQL that reduces a time to its hour, day, week and so on. Sorting the results puts them in chronological order. */
const UNIT_SQL: Readonly<Record<Unit, (time: string) => string>> = {
  hour: (time) => `hour(${time})`,
  day: (time) => `CAST(${time} AS DATE)`,
  week: (time) => `CAST(date_trunc('WEEK', ${time}) AS DATE)`,
  month: (time) => `date_format(${time}, 'yyyy-MM')`,
  quarter: (time) => `concat(year(${time}), '-Q', quarter(${time}))`,
  year: (time) => `year(${time})`,
};

/** Returns a column's name in SQL. The table's name precedes it if both tables have a column of this name. */
export const column = (plan: Plan, { dataset, name }: Named): string => {
  const isAmbiguous =
    !plan.using.includes(name) &&
    plan.datasets.filter((one) => columnsOf(one).some((other) => other.name === name)).length > 1;
  return isAmbiguous ? `${cleanTable(dataset.name)}.${identifier(name)}` : identifier(name);
};

/** Returns the name of a group's column. A time's name ends with its unit, by which charts recognize the column. */
export const groupName = ({ column: { name, type }, unit }: Group): string => {
  if (unit === undefined) return name;
  const words = wordsOf(name).join('_');
  const base = words.replace(/(_(at|on)|_?(date|time|timestamp|datetime|day))$/, '') || words;
  return type === 'DATE' && unit === 'day' && mostTimes(name) !== undefined ? name : `${base}_${unit}`;
};

/** Returns a column's name without the leading underscore of the columns that the pipeline adds. */
const plainName = ({ name }: Named): string => name.replace(/^_+/, '');

/** Returns the name of the measure's column. */
export function measureName(plan: Plan): string {
  const { does, of } = plan.measure;
  const [main] = plan.datasets;
  const plural = wordsOf(main?.plural ?? 'rows').join('_');
  const name = {
    count: plural,
    distinct: `different_${of?.name}`,
    avg: `average_${of?.name}`,
    median: `median_${of?.name}`,
    sum: /^total/.test(of?.name ?? '') ? `sum_of_${of?.name}` : `total_${of?.name}`,
    max: of && isTime(of) ? `latest_${plainName(of)}` : `highest_${of?.name}`,
    min: of && isTime(of) ? `earliest_${plainName(of)}` : `lowest_${of?.name}`,
  }[does];
  const others = [...plan.groups.map(groupName), plan.top?.name];
  return others.includes(name) ? `${name}_count` : name;
}

/** Returns a name for the answer's table, for example `orders_by_country`. */
export function answerName(plan: Plan): string {
  const what = plan.top ? `top_${plan.top.name}` : measureName(plan);
  const by = plan.groups.map((group) => (group.unit === undefined ? group.column.name : group.unit));
  const name = [what, ...(by.length > 0 ? ['by', by.join('_and_')] : [])].join('_').toLowerCase();
  return name.replaceAll(/\W+/g, '_').slice(0, 100);
}

export const groupSql = (plan: Plan, { column: of, unit }: Group): string => {
  const name = column(plan, of);
  return unit === undefined || (unit === 'day' && of.type === 'DATE') ? name : UNIT_SQL[unit](name);
};

function measureSql(plan: Plan): string {
  const { does, of } = plan.measure;
  if (of === undefined) return 'count(*)';
  const name = column(plan, of);
  return does === 'distinct' ? `count(DISTINCT ${name})` : `${does}(${name})`;
}

/** Returns the text of `src/project/queries/<name>.sql`. */
export function questionSource(question: string, plan: Plan): string {
  const chart = chartOf(plan);
  const lines = [
    `-- ${question}`,
    `-- ${notesOf(plan)}`,
    ...(chart ? [`-- chart: ${chart}`] : []),
    plan.top ? topSql(plan, plan.top) : plainSql(plan),
  ];
  return `${lines.join('\n')}\n`;
}

function notesOf({ groups, top, datasets, measure }: Plan): string {
  const times = groups
    .filter(({ unit }) => unit !== undefined)
    .map(({ column: { name, type } }) => (type === 'DATE' ? name : `${name}, UTC`));
  const needed = [
    ...new Set([...groups.map(({ column }) => column), ...(top ? [top] : [])].map(({ name }) => name)),
  ];
  const parts = [
    ...(top ? [`Every ${stems(top.name).join(' ')} that ties for the first place is listed.`] : []),
    ...(times.length > 0 ? [`By ${[...new Set(times)].join(' and ')}.`] : []),
    ...(needed.length > 0 ? [`Rows without ${needed.join(' or ')} are omitted.`] : []),
    ...(datasets.length > 1
      ? [`Counts only rows that are in both ${datasets.map(({ name }) => cleanTable(name)).join(' and ')}.`]
      : []),
    ...(groups.length === 0 && !top
      ? [`Over all rows of ${datasets.map(({ name }) => cleanTable(name)).join(' and ')}.`]
      : []),
    ...(measure.does === 'distinct' ? ['Missing values are not counted.'] : []),
  ];
  return parts.join(' ');
}

/** Returns the text after `-- chart:`. Counts and sums are shown as bars, which begin at zero, and other numbers as dots. */
function chartOf(plan: Plan): string | undefined {
  const groups = plan.groups.map(groupName);
  const value = measureName(plan);
  const [first, second, third] = groups;
  if (plan.top)
    return second === undefined
      ? `bars value=${value} by=${first ?? plan.top.name}${first ? ` label=${plan.top.name}` : ''}`
      : undefined;
  if (first === undefined || third !== undefined) return undefined;
  if (second !== undefined) return `heatmap value=${value} by=${first},${second}`;
  if (stems(first).includes('country')) return `map value=${value} by=${first}`;
  const isAmount = ['count', 'distinct', 'sum'].includes(plan.measure.does);
  if (!isAmount && plan.measure.of && isTime(plan.measure.of)) return undefined;
  return `${isAmount ? 'bars' : 'dots'} value=${value} by=${first}`;
}

const from = ({ datasets, using }: Plan): string => {
  const tables = datasets.map(({ name }) => cleanTable(name)).join(' JOIN ');
  return datasets.length > 1 ? `${tables} USING (${using.map(identifier).join(', ')})` : tables;
};

const where = (plan: Plan, columns: readonly Named[]): string[] => {
  const names = [...new Set(columns.map((one) => column(plan, one)))];
  return names.length === 0 ? [] : [`WHERE ${names.map((name) => `${name} IS NOT NULL`).join(' AND ')}`];
};

function plainSql(plan: Plan): string {
  const groups = plan.groups.map((group) => selected(groupSql(plan, group), groupName(group)));
  const list = [...groups, `${measureSql(plan)} AS ${identifier(measureName(plan))}`];
  const lines = [
    `SELECT ${list.join(', ')}`,
    `FROM ${from(plan)}`,
    ...where(
      plan,
      plan.groups.map(({ column }) => column),
    ),
    ...(groups.length > 0
      ? [`GROUP BY ${plan.groups.map((group) => groupSql(plan, group)).join(', ')}`]
      : []),
  ];
  return lines.join('\n');
}

function topSql(plan: Plan, top: Named): string {
  const groups = plan.groups.map((group) => selected(groupSql(plan, group), groupName(group)));
  const names = [...plan.groups.map(groupName), top.name].map(identifier);
  const number = identifier(measureName(plan));
  const taken = [...plan.groups.map(groupName), top.name, measureName(plan)].map((name) =>
    name.toLowerCase(),
  );
  const place = taken.includes('place') ? 'place_in_group' : 'place';
  const partition = plan.groups.length > 0 ? `PARTITION BY ${names.slice(0, -1).join(', ')} ` : '';
  return `WITH counted AS (
  SELECT ${[...groups, selected(column(plan, top), top.name)].join(', ')}, count(*) AS ${number}
  FROM ${from(plan)}
  ${where(plan, [...plan.groups.map(({ column }) => column), top]).join('')}
  GROUP BY ${[...plan.groups.map((group) => groupSql(plan, group)), column(plan, top)].join(', ')}
),
ranked AS (
  SELECT *, rank() OVER (${partition}ORDER BY ${number} DESC) AS ${place}
  FROM counted
)
SELECT ${names.join(', ')}, ${number}
FROM ranked
WHERE ${place} = 1`;
}
