/** Quality in numbers, out of tables that are there anyway: what arrived and what was wrong with it, and when that is too much. */
import type { Dataset, Quality } from '../datasets/dataset.ts';
import { literal } from '../datasets/sql.ts';
import { rawTable, rejectedTable } from '../names.ts';

/** Of a dataset that says nothing else. */
const USUAL: Quality = { rejectedShare: 0.05, silentDays: 1 };

const qualityOf = ({ quality }: Dataset): Quality => ({ ...USUAL, ...quality });

const union = (datasets: readonly Dataset[], select: (dataset: Dataset) => string): string =>
  datasets.map(select).join('\n  UNION ALL\n');

/**
 * Returns SQL for a row by dataset, day of arrival and reason: records that arrived, and distinct ones that were first wrong for that
 * reason. A day without anything wrong has one row, without a reason. `prefix` stands before each table: "" or "`main`.`shop`.".
 */
export const qualitySql = (datasets: readonly Dataset[], prefix = ''): string => `WITH arrivals AS (
${union(
  datasets,
  ({ name }) => `  SELECT ${literal(name)} AS dataset, to_date(arrived) AS day, count(*) AS arrived
  FROM ${prefix}${rawTable(name)} GROUP BY ALL`,
)}
),
wrong AS (
${union(
  datasets,
  ({ name }) => `  SELECT ${literal(name)} AS dataset, to_date(_arrived) AS day, reason, NOT kept AS rejected
  FROM ${prefix}${rejectedTable(name)} LATERAL VIEW explode(reasons) AS reason`,
)}
)
SELECT dataset, day, arrived, reason, rejected, count(reason) AS records
FROM arrivals LEFT JOIN wrong USING (dataset, day)
GROUP BY ALL
ORDER BY dataset, day DESC, records DESC`;

/**
 * Returns SQL for a row by dataset: the records that arrived in the last day, those that were rejected for the first time then
 * (a record that comes again counts once), and whether that is too much.
 */
export const rejectedSql = (datasets: readonly Dataset[], prefix = ''): string => `SELECT
  dataset, arrived, rejected, rejected > share * arrived AS too_much
FROM (
${union(datasets, (dataset) => {
  const { name } = dataset;
  const lastDay = (column: string) => `${column} > current_timestamp() - INTERVAL 1 DAY`;
  return `  SELECT
    ${literal(name)} AS dataset, ${qualityOf(dataset).rejectedShare} AS share,
    (SELECT count(*) FROM ${prefix}${rawTable(name)} WHERE ${lastDay('arrived')}) AS arrived,
    (SELECT count(*) FROM ${prefix}${rejectedTable(name)} WHERE NOT kept AND ${lastDay('_arrived')}) AS rejected`;
})}
)`;

/** Returns SQL for a row by dataset: when the last record arrived, and whether that is too long ago. */
export const silenceSql = (datasets: readonly Dataset[], prefix = ''): string =>
  union(datasets, (dataset) => {
    const { name } = dataset;
    const ago = `current_timestamp() - INTERVAL ${qualityOf(dataset).silentDays} DAYS`;
    return `  SELECT ${literal(name)} AS dataset, max(arrived) AS last_arrival, coalesce(max(arrived) < ${ago}, true) AS silent
  FROM ${prefix}${rawTable(name)}`;
  });
