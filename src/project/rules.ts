/** Rules for formats that occur only in this project's records. */
import type { Rule } from '../datasets/dataset.ts';

/** The path under `/data/`, with or without `Local save in ` before it. */
export const dataPath: Rule = {
  description: 'a path such as /data/art, with or without "Local save in" before it',
  type: 'STRING',
  sql: (text) => String.raw`nullif(regexp_extract(${text}, r'(?s)^(Local save in )?(/data/.+)\z', 2), '')`,
  canFail: true,
  example: (n) => `/data/${n}`,
};

/**
 * A count such as `7`, `5k`, `2.01M` or `1B`. The SQL moves the decimal point in the text instead of multiplying, because this
 * is exact for any number of digits. A fraction of a follower is truncated, not rounded.
 */
export const followerCount: Rule = {
  description: 'a count such as 7, 5k, 2.01M or 1B',
  type: 'BIGINT',
  sql: (text) =>
    [
      String.raw`CASE WHEN ${text} RLIKE r'^\d+(\.\d+)?[kKmMbB]?\z' THEN try_cast(concat(`,
      String.raw`  regexp_extract(${text}, r'^\d+', 0),`,
      String.raw`  rpad(regexp_extract(${text}, r'\.(\d+)', 1),`,
      `    CASE lower(right(${text}, 1)) WHEN 'k' THEN 3 WHEN 'm' THEN 6 WHEN 'b' THEN 9 ELSE 0 END, '0')`,
      ') AS BIGINT) END',
    ].join('\n'),
  canFail: true,
  example: (n) => `${n % 1000}k`,
};
