/** Counts that must add up: every record that arrived is clean, superseded, or rejected. */
import { columnOf, type Dataset, type Field, keyFields, versionColumns } from '../datasets/dataset.ts';
import { identifier, literal, trimmed } from '../datasets/sql.ts';
import { cleanTable, quoted, rawTable, rejectedTable } from '../names.ts';

/** The record counts of one dataset, which must add up: `raw = clean + superseded + rejected + rejected_again`, and `lost` is 0. */
export interface Account {
  readonly raw: number;
  readonly clean: number;
  /** Earlier versions and repeats of clean rows. */
  readonly superseded: number;
  /** Distinct records that are only in the rejected table. */
  readonly rejected: number;
  /** Repeats of rejected records. */
  readonly rejected_again: number;
  /** Records that are in the clean table without their invalid values; not part of the sum. */
  readonly kept_in_part: number;
  /** Records that are not rejected, although no clean row has their key and the same or a later version. Must be 0. */
  readonly lost: number;
}

/**
 * Returns the SQL that counts a dataset's records (`Account`). `schema` is qualified and quoted: `main`.`shop`. The SQL
 * scans whole tables, so it is meant for users and tests, not for jobs.
 */
export function accountSql(dataset: Dataset, schema: string): string {
  const fields = keyFields(dataset);
  const same = fields.map(
    (field, nth) => `clean.${identifier(columnOf(dataset, field) ?? field)} = arrivals.key_${nth}`,
  );
  const { latestBy } = dataset;
  const [version] = versionColumns(dataset).map(identifier);
  const [ofClean, ofArrival] =
    latestBy === undefined
      ? ['clean._position', 'arrivals.position']
      : [`struct(clean.${version}, clean._position)`, 'struct(arrivals.version, arrivals.position)'];
  const values = [
    ...fields.map((field, nth) => `any_value(${keyValue(dataset, field, `text_${nth}`)}) AS key_${nth}`),
    ...(latestBy === undefined ? [] : [`any_value(${ruleValue(dataset, latestBy, 'version')}) AS version`]),
  ];
  const texts = [
    ...fields.map((field, nth) => `${textOf(field)} AS text_${nth}`),
    ...(latestBy === undefined ? [] : [`${textOf(latestBy)} AS version`]),
  ];
  return `
WITH texts AS (
  SELECT record, position, ${texts.join(',\n    ')}
  FROM ${schema}.${rawTable(dataset.name)}
),
arrivals AS (
  SELECT record, position, count(*) AS times, ${values.join(',\n    ')}
  FROM texts
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
    coalesce(clean._position = arrivals.position, false) AS is_current,
    -- After a rule was corrected, a record with the text of a rejected record may be clean.
    refused.record IS NOT NULL AND NOT is_current AS is_refused,
    is_refused AND refused.first_position = arrivals.position AS is_first,
    refused.record IS NULL AND coalesce(${ofClean} < ${ofArrival}, true) AS is_lost
  FROM arrivals
  LEFT JOIN refused ON refused.record = arrivals.record
  LEFT JOIN ${schema}.${cleanTable(dataset.name)} AS clean
    ON ${same.join(' AND ')}
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

/**
 * Returns SQL that extracts a field's text from a record. If the record has the field twice, the last one counts. A
 * byte order mark is skipped.
 */
function textOf(field: string): string {
  const name = quoted(field);
  const record = String.raw`regexp_replace(record, r'^\uFEFF', '')`;
  const [object, array] = [`${name} STRING`, `ARRAY<STRUCT<${name} STRING>>`].map(literal);
  const text = `coalesce(from_json(${record}, ${object}).${name}, get(from_json(${record}, ${array}), 0).${name})`;
  return `nullif(${trimmed(text)}, '')`;
}

/**
 * Returns SQL that converts a key's text to its type. The cast has two steps, because the JSON reader may write a whole
 * number with an exponent. The result for an invalid key does not matter, because cleaning rejects every invalid key.
 */
function keyValue(dataset: Dataset, field: string, text: string): string {
  const type = dataset.fields[field]?.rule.type;
  return type === 'INT' || type === 'BIGINT'
    ? `try_cast(try_cast(${text} AS DECIMAL(38,9)) AS ${type})`
    : ruleValue(dataset, field, text);
}

function ruleValue(dataset: Dataset, field: string, text: string): string {
  const { rule, placeholders = [] } = dataset.fields[field] as Field;
  const value = rule.sql(text);
  return placeholders.length === 0
    ? value
    : `CASE WHEN ${text} NOT IN (${placeholders.map(literal).join(', ')}) THEN ${value} END`;
}
