/** Quality in numbers, out of tables that are there anyway: what arrived and what was wrong with it, and when that is too much. */
import type { Dataset, Limits, Quality } from '../datasets/dataset.ts';
import { literal } from '../datasets/sql.ts';
import { rawTable, rejectedTable } from '../names.ts';
import { percent } from './report/format.ts';

/** Two daily deliveries are up to this much more than a day apart. */
const SLACK_HOURS = 6;

/** Of a dataset that says nothing else. */
const USUAL: Quality = { rejectedShare: { warn: 0.05 }, silentDays: { warn: 1 } };

const qualityOf = ({ quality = {} }: Dataset): Quality => ({
  rejectedShare: { ...USUAL.rejectedShare, ...quality.rejectedShare },
  silentDays: { ...USUAL.silentDays, ...quality.silentDays },
});

/** Returns whether a dataset has a limit that fails the batch job. */
export const canFail = (dataset: Dataset): boolean =>
  Object.values(qualityOf(dataset)).some(({ fail }) => fail !== undefined);

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
 * Returns SQL for a row by dataset: the records of its last day, the 24 hours up to its latest arrival, those of them that were
 * rejected, and `rejection` and `silence`: "good", or "warn: …" or "fail: …" with the limit that is exceeded. Depends on the tables alone, but
 * for `silence`, so that a second run finds the same.
 */
export const limitsSql = (datasets: readonly Dataset[], prefix = ''): string =>
  datasets.map((dataset) => limitsOf(dataset, prefix)).join('\nUNION ALL\n');

function limitsOf(dataset: Dataset, prefix: string): string {
  const { name } = dataset;
  const { rejectedShare, silentDays } = qualityOf(dataset);
  const raw = `${prefix}${rawTable(name)}`;
  const lastDay = `WHERE arrived > (SELECT max(arrived) FROM ${raw}) - INTERVAL 1 DAY`;
  return `SELECT
  ${literal(name)} AS dataset,
  arrived,
  rejected,
  round(rejected / nullif(arrived, 0), 4) AS share,
  ${judged(
    rejectedShare,
    (share) => `rejected > ${share} * arrived`,
    (share) => `more than ${percent(share)} rejected`,
  )} AS rejection,
  last_arrival,
  ${judged(
    silentDays,
    (days) =>
      `coalesce(last_arrival < current_timestamp() - INTERVAL ${24 * days + SLACK_HOURS} HOURS, true)`,
    (days) => `no record for ${days === 1 ? 'a day' : `${days} days`}`,
  )} AS silence
FROM (
  SELECT
    (SELECT max(arrived) FROM ${raw}) AS last_arrival,
    (SELECT count(*) FROM ${raw} ${lastDay}) AS arrived,
    (
      SELECT count(*)
      FROM ${raw} LEFT SEMI JOIN (SELECT record FROM ${prefix}${rejectedTable(name)} WHERE NOT kept) USING (record)
      ${lastDay}
    ) AS rejected
)`;
}

/** SQL for the most severe limit that is exceeded. */
function judged(
  limits: Limits,
  exceeded: (limit: number) => string,
  describe: (limit: number) => string,
): string {
  const cases = (['fail', 'warn'] as const).flatMap((severity) => {
    const limit = limits[severity];
    return limit === undefined
      ? []
      : `WHEN ${exceeded(limit)} THEN ${literal(`${severity}: ${describe(limit)}`)}`;
  });
  return `CASE ${cases.join(' ')} ELSE 'good' END`;
}
