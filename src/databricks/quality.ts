/** SQL for data quality, from the raw and rejected tables: numbers of records, reasons for rejections, and exceeded limits. */
import type { Dataset, Limits, Quality } from '../datasets/dataset.ts';
import { literal } from '../datasets/sql.ts';
import { percent } from '../format.ts';
import { rawTable, rejectedTable } from '../names.ts';

/** Tolerance in hours: two daily deliveries may be a day plus this time apart. */
const SLACK_HOURS = 6;

/** The limits of a dataset that declares none. */
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
 * Returns SQL with a row for each dataset, day of arrival, reason and `rejected`. `arrived` is the number of records
 * that arrived on that day; `records` is the number of distinct records that were reported for the reason. `rejected`
 * is true if the whole record was rejected, and false if only a value was. A day without reports has one row, without a
 * reason. `prefix` is put before the name of each table: "" or "`main`.`shop`.".
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
 * Returns SQL with a row for each dataset. `arrived` and `rejected` count the records of its last day, which is the 24
 * hours up to its latest arrival. `rejection` and `silence` are "good", or "warn: …" or "fail: …" with the exceeded
 * limit. `silence` depends on the current time; all other values depend only on the tables, so a second run returns the
 * same values.
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

/** Returns SQL for the most severe exceeded limit. */
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
