/** The counts that must add up: every record that arrived is clean, superseded, or rejected. */
import { type Dataset, keyFields } from '../datasets/dataset.ts';
import { trimmed } from '../datasets/sql.ts';
import { cleanTable, rawTable, rejectedTable } from '../names.ts';

/** One dataset's account, in records. `raw = clean + superseded + rejected + rejectedAgain`, and nothing is `lost`. */
export interface Account {
  readonly raw: number;
  readonly clean: number;
  /** Earlier versions and repeats of clean rows. */
  readonly superseded: number;
  /** Distinct records that are not in the clean table at all. */
  readonly rejected: number;
  /** Repeats of those. */
  readonly rejected_again: number;
  /** Records that are in the clean table without their invalid values; told apart, not part of the sum. */
  readonly kept_in_part: number;
  /** Records that are nowhere: neither rejected, nor is there a clean row of their post that is as late. Always 0. */
  readonly lost: number;
}

/**
 * SQL for a dataset's account; `schema` is qualified and quoted: `main`.`pinterest`. It reads the tables whole: for
 * people and tests, not for jobs.
 */
export function accountSql(dataset: Dataset, schema: string): string {
  // As cleaning reads it: of two keys of one name the last counts, and a byte order mark is no part of the record.
  const [keyField = ''] = keyFields(dataset);
  const fields = `${keyField} STRING`;
  const text = String.raw`regexp_replace(record, r'^\uFEFF', '')`;
  const key = `coalesce(from_json(${text}, '${fields}').${keyField}, get(from_json(${text}, 'ARRAY<STRUCT<${fields}>>'), 0).${keyField})`;
  return `
WITH arrivals AS (
  SELECT
    record,
    position,
    count(*) AS times,
    try_cast(try_cast(${trimmed(key)} AS DOUBLE) AS INT) AS ind
  FROM ${schema}.${rawTable(dataset.name)}
  GROUP BY record, position
),
refused AS (
  SELECT record, min(_position) AS first_position
  FROM ${schema}.${rejectedTable(dataset.name)}
  WHERE NOT kept
  GROUP BY record
),
placed AS (
  SELECT
    times,
    refused.record IS NOT NULL AS is_refused,
    coalesce(refused.first_position = arrivals.position, false) AS is_first,
    coalesce(clean._position = arrivals.position, false) AS is_current,
    refused.record IS NULL AND coalesce(clean._position < arrivals.position, true) AS is_lost
  FROM arrivals
  LEFT JOIN refused ON refused.record = arrivals.record
  LEFT JOIN ${schema}.${cleanTable(dataset.name)} AS clean ON clean.ind = arrivals.ind
)
SELECT
  coalesce(sum(times), 0) AS raw,
  count_if(is_current) AS clean,
  coalesce(sum(times) FILTER (WHERE NOT is_refused), 0) - count_if(is_current) AS superseded,
  count_if(is_first) AS rejected,
  coalesce(sum(times) FILTER (WHERE is_refused), 0) - count_if(is_first) AS rejected_again,
  (SELECT count(*) FROM ${schema}.${rejectedTable(dataset.name)} WHERE kept) AS kept_in_part,
  coalesce(sum(times) FILTER (WHERE is_lost), 0) AS lost
FROM placed`;
}
