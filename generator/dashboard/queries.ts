/** The SQL of the dashboard's widgets. Table names are unqualified, because the bundle sets the catalog and the schema. */

import { isOrdered, mostTimes, orderBy, sortKey } from '../../src/databricks/answers.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import { identifier } from '../../src/datasets/sql.ts';
import { cleanTable, rawTable, rejectedTable } from '../../src/names.ts';
import { type Chart, MAX_GROUPS } from '../../src/queries/chart.ts';
import type { Query } from '../../src/queries/query.ts';

/** The column with the text at a bar. This is the group's name, followed by the winners if the query declares `label=`. */
export const NAME = 'name';

/** Returns the name of an answer's chart, and of the chart's rows. */
export const chartName = (answer: string): string => `${answer}_chart`;

/** Returns SQL for all rows of an answer, in order. */
export const answerSql = ({ name, columns }: Query): string =>
  `SELECT *\nFROM ${name}\nORDER BY ${orderBy(columns)}`;

/**
 * Returns SQL for a chart's rows. Tied winners share a row. Of times, only the latest are kept; of groups without an order, those
 * with the highest values.
 */
export function chartSql(query: Query, chart: Chart): string {
  const [column = ''] = chart.by;
  const [group, value] = [column, chart.value].map(identifier);
  const named = chart.label
    ? `concat(${group}, ': ', array_join(array_sort(collect_list(${identifier(chart.label)})), ' and '))`
    : `CAST(${group} AS STRING)`;
  const latest = mostTimes(column);
  return [
    `SELECT ${named} AS ${NAME}, ${value}`,
    `FROM ${query.name}`,
    ...(latest === undefined
      ? []
      : [
          `WHERE ${group} IN (SELECT DISTINCT ${group} FROM ${query.name} ORDER BY ${group} DESC LIMIT ${latest})`,
        ]),
    `GROUP BY ${group}, ${value}`,
    isOrdered(column)
      ? `ORDER BY ${sortKey(column)}`
      : `ORDER BY ${value} DESC, ${group}\nLIMIT ${MAX_GROUPS}`,
  ].join('\n');
}

/** Returns SQL that gives one row per dataset: the numbers of arrived, clean and rejected records, and the latest arrival. */
export const healthSql = (datasets: readonly Dataset[]): string =>
  datasets
    .map(
      ({ name }) => `SELECT
  '${name}' AS dataset,
  (SELECT count(*) FROM ${rawTable(name)}) AS arrived,
  (SELECT count(*) FROM ${cleanTable(name)}) AS clean,
  (SELECT count(*) FROM ${rejectedTable(name)} WHERE NOT kept) AS rejected,
  (SELECT count(*) FROM ${rejectedTable(name)} WHERE kept) AS kept_in_part,
  (SELECT max(_arrived) FROM ${cleanTable(name)}) AS latest`,
    )
    .join('\nUNION ALL\n');

/** Returns SQL that counts the distinct records of each dataset and reason. */
export const reasonsSql = (datasets: readonly Dataset[]): string =>
  `WITH rejected AS (\n${datasets
    .map(
      ({ name }) => `  SELECT '${name}' AS dataset, explode(reasons) AS reason FROM ${rejectedTable(name)}`,
    )
    .join('\n  UNION ALL\n')}\n)
SELECT dataset, reason, count(*) AS records
FROM rejected
GROUP BY dataset, reason
ORDER BY records DESC, dataset, reason`;
