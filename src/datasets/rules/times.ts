/** Rules for days and times. Times without an offset are read in the session's zone, which every notebook sets to UTC. */
import type { Rule } from '../dataset.ts';
import { momentText, timeText, wholeText } from './canonical.ts';
import { wholeSql } from './numbers.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const FIRST_EXAMPLE = Date.UTC(2020, 0, 1);
const DAYS = 3650;
const MINUTES = DAYS * 24 * 60;

/** Returns the nth minute since the start of 2020, in milliseconds since 1970. */
const minute = (n: number): number => FIRST_EXAMPLE + (n % MINUTES) * MINUTE_MS;

/** A time without an offset, in one of three forms. */
export const moment: Rule = {
  description: 'a time such as 2019-06-03 06:29:14, 2019-06-03T06:29:14 or 2019:06:03 06:29:14',
  type: 'TIMESTAMP',
  sql: (text) =>
    [
      String.raw`CASE WHEN ${text} RLIKE r'^\d{4}(-\d\d-\d\d[ T]|:\d\d:\d\d )\d\d:\d\d:\d\d\z' AND ${text} NOT LIKE '0000%'`,
      `  THEN try_cast(concat(translate(left(${text}, 10), ':', '-'), ' ', right(${text}, 8)) AS TIMESTAMP) END`,
    ].join('\n'),
  canFail: true,
  canonical: momentText,
  example: (n) => new Date(minute(n)).toISOString().slice(0, 19).replace('T', ' '),
};

/** A day of the calendar. */
export const day: Rule = {
  description: 'a day such as 2019-06-03',
  type: 'DATE',
  sql: (text) =>
    String.raw`CASE WHEN ${text} RLIKE r'^\d{4}-\d\d-\d\d\z' AND ${text} NOT LIKE '0000%' THEN try_cast(${text} AS DATE) END`,
  canFail: true,
  example: (n) => new Date(FIRST_EXAMPLE + (n % DAYS) * DAY_MS).toISOString().slice(0, 10),
};

/** A time with its offset from UTC, as ISO 8601 and RFC 3339 write it. */
export const instant: Rule = {
  description: 'a time with its offset such as 2019-06-03T06:29:14Z or 2019-06-03T06:29:14.123456+02:00',
  type: 'TIMESTAMP',
  sql: (text) =>
    [
      String.raw`CASE WHEN ${text} RLIKE r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[-+]\d\d:\d\d)\z'`,
      `  AND try_cast(${text} AS TIMESTAMP) BETWEEN ${FIRST} AND ${LAST} THEN try_cast(${text} AS TIMESTAMP) END`,
    ].join('\n'),
  canFail: true,
  canonical: timeText,
  example: (n) => new Date(minute(n)).toISOString(),
};

/** The first and the last time that all clients of a table can display. */
const FIRST = "TIMESTAMP '0001-01-01 00:00:00Z'";
const LAST = "TIMESTAMP '9999-12-31 23:59:59.999999Z'";

const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

function sinceEpoch(unit: string, from: bigint, to: bigint, toTimestamp: string, ms: number): Rule {
  return {
    description: `a whole number of ${unit} since 1970-01-01, UTC`,
    type: 'TIMESTAMP',
    sql: (text) => wholeSql(text, 'BIGINT', [from, to], (value) => `${toTimestamp}(${value})`),
    canFail: true,
    canonical: wholeText,
    example: (n) => minute(n) / ms,
  };
}

/** A time in the years 1 to 9999 as seconds since 1970. */
export const epochSeconds = sinceEpoch('seconds', FIRST_SECOND, LAST_SECOND, 'timestamp_seconds', 1000);

/** A time in the years 1 to 9999 as milliseconds since 1970. */
export const epochMilliseconds = sinceEpoch(
  'milliseconds',
  FIRST_SECOND * 1000n,
  LAST_SECOND * 1000n + 999n,
  'timestamp_millis',
  1,
);
