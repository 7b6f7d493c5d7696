/** The cleaning rules: each one SQL expression and the sentence a reader sees. Texts come trimmed, never empty. */
import type { Rule } from './dataset.ts';

/** Blank, tab, line breaks and U+00A0 at both ends are never part of a value. */
export const trimmed = (text: string): string => String.raw`trim(BOTH ' \t\r\n\u00A0' FROM ${text})`;

/** A Spark string literal. */
export const literal = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The largest value of Spark's INT. */
const INT_MAX = 2_147_483_647;

export const text: Rule = {
  says: 'text, kept as it is',
  type: 'STRING',
  sql: (text) => text,
  canFail: false,
};

/** A whole number between two bounds, written `12` or `12.0`. */
export function wholeNumber(least: number, most: number): Rule {
  const value = (text: string) => `try_cast(split_part(${text}, '.', 1) AS INT)`;
  return {
    says: `a whole number from ${least} to ${most}`,
    type: 'INT',
    sql: (text) =>
      [
        String.raw`CASE WHEN ${text} RLIKE r'^\d+(\.0+)?\z' AND ${value(text)} BETWEEN ${least} AND ${most}`,
        `  THEN ${value(text)} END`,
      ].join('\n'),
    canFail: true,
  };
}

/** The number of a post: any whole number an INT holds. */
export const postNumber = wholeNumber(0, INT_MAX);

/**
 * `7`, `5k`, `2.01M`, `1B`. The suffix moves the decimal point, done on the digits themselves: exact for any number
 * of digits, and a fraction of a follower is cut off, not rounded.
 */
export const followerCount: Rule = {
  says: 'a count such as 7, 5k, 2.01M or 1B',
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
};

/** One of the three forms seen on the wire, read in the session's zone, which every notebook sets to UTC. */
export const moment: Rule = {
  says: 'a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14',
  type: 'TIMESTAMP',
  sql: (text) =>
    [
      String.raw`CASE WHEN ${text} RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND ${text} NOT LIKE '0000%'`,
      `  THEN try_cast(concat(translate(left(${text}, 10), ':', '-'), ' ', right(${text}, 8)) AS TIMESTAMP) END`,
    ].join('\n'),
  canFail: true,
};

/** An angle in degrees, at most `limit` away from 0. */
export function degrees(limit: number): Rule {
  return {
    says: `a number of degrees from -${limit} to ${limit}`,
    type: 'DOUBLE',
    sql: (text) =>
      [
        String.raw`CASE WHEN ${text} RLIKE r'^-?\d+(\.\d+)?([eE][-+]?\d+)?\z'`,
        `  AND try_cast(${text} AS DOUBLE) BETWEEN -${limit} AND ${limit} THEN try_cast(${text} AS DOUBLE) END`,
      ].join('\n'),
    canFail: true,
  };
}

/** The path under `/data/`, with or without the producer's words in front of it. */
export const dataPath: Rule = {
  says: 'a path such as /data/art, also behind "Local save in"',
  type: 'STRING',
  sql: (text) => String.raw`nullif(regexp_extract(${text}, r'(?s)^(Local save in )?(/data/.+)\z', 2), '')`,
  canFail: true,
};
