/** Forms of days and times in addition to those of src/datasets/rules.ts, each with its Spark pattern. */

interface DayForm {
  readonly pattern: string;
  readonly text: RegExp;
  /** The character between the parts. */
  readonly mark: string;
  /** The order of day, month and year. */
  readonly order: string;
}

const DAYS: readonly DayForm[] = [
  { pattern: 'd.M.yyyy', text: /^(\d{1,2})\.(\d{1,2})\.([1-9]\d{3})/, mark: '.', order: 'dmy' },
  { pattern: 'yyyy/M/d', text: /^([1-9]\d{3})[/](\d{1,2})[/](\d{1,2})/, mark: '/', order: 'ymd' },
  { pattern: 'M/d/yyyy', text: /^(\d{1,2})[/](\d{1,2})[/]([1-9]\d{3})/, mark: '/', order: 'mdy' },
  { pattern: 'd/M/yyyy', text: /^(\d{1,2})[/](\d{1,2})[/]([1-9]\d{3})/, mark: '/', order: 'dmy' },
];

const CLOCKS: readonly (readonly [pattern: string, text: RegExp])[] = [
  ['', /^$/],
  [' H:mm', /^ (\d{1,2}):(\d\d)$/],
  [' H:mm:ss', /^ (\d{1,2}):(\d\d):(\d\d)$/],
  [' h:mm a', /^ (0?[1-9]|1[0-2]):(\d\d) ([AP]M)$/],
  [' h:mm:ss a', /^ (0?[1-9]|1[0-2]):(\d\d):(\d\d) ([AP]M)$/],
];

/** All patterns that are tried, such as `d.M.yyyy H:mm`. */
export const PATTERNS = DAYS.flatMap(({ pattern }) => CLOCKS.map(([clock]) => `${pattern}${clock}`));

/** Returns the patterns that a text matches as a valid day or time. */
export const patternsOf = (text: string): string[] => [...read(text).keys()];

/** Returns `2019-06-03` or `2019-06-03 06:29:14`, or undefined if the text does not match the pattern. */
export const readBy = (pattern: string, text: string): string | undefined => read(text).get(pattern);

function read(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { pattern: day, text: form, order } of DAYS) {
    const match = form.exec(text);
    if (!match) continue;
    const part = (of: string) => Number(match[order.indexOf(of) + 1]);
    const date = isoDay(part('y'), part('m'), part('d'));
    if (date === undefined) continue;
    const rest = text.slice(match[0].length);
    for (const [clock, clockForm] of CLOCKS) {
      const time = clockForm.exec(rest);
      const iso = time && isoClock(time.slice(1));
      if (iso !== null && iso !== undefined) found.set(`${day}${clock}`, `${date}${iso}`);
    }
  }
  return found;
}

/**
 * Returns SQL that converts the text `{text}` to a DATE or TIMESTAMP. If the text does not match the pattern, the SQL returns
 * NULL. It rearranges the text to ISO 8601 and casts it. Spark's functions that parse by pattern are not used, because they
 * can fail: if Spark's older parser would have accepted the text, they throw an error instead of returning NULL.
 */
export function sqlBy(pattern: string): string {
  const day = DAYS.find(({ pattern: start }) => pattern.startsWith(start)) as DayForm;
  const [clock, clockForm] = CLOCKS.find(
    ([end]) => pattern === `${day.pattern}${end}`,
  ) as (typeof CLOCKS)[number];
  const form = `${day.text.source}${clockForm.source.slice(1, -1)}`;
  const date = clock === '' ? '{text}' : "split_part({text}, ' ', 1)";
  const parts = ['y', 'm', 'd'].map(
    (part) => `split_part(${date}, '${day.mark}', ${day.order.indexOf(part) + 1})`,
  );
  const iso = `concat_ws('-', ${parts.join(', ')})`;
  const value =
    clock === ''
      ? `try_cast(${iso} AS DATE)`
      : `try_cast(concat(${iso}, ' ', ${clockSql(clock)}) AS TIMESTAMP)`;
  return `CASE WHEN {text} RLIKE r'${form}\\z' THEN ${value} END`;
}

function clockSql(clock: string): string {
  const time = "split_part({text}, ' ', 2)";
  const seconds = clock.includes('ss') ? '' : ", ':00'";
  if (!clock.endsWith('a')) return seconds === '' ? time : `concat(${time}${seconds})`;
  const hour = `try_cast(split_part(${time}, ':', 1) AS INT) % 12 + if({text} LIKE '%PM', 12, 0)`;
  return `concat(${hour}, substr(${time}, instr(${time}, ':'))${seconds})`;
}

const two = (number: number): string => String(number).padStart(2, '0');

/** Returns the day in ISO 8601, or undefined if there is no such day. */
export function isoDay(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return `${year}-${two(month)}-${two(day)}`;
}

function isoClock(parts: readonly string[]): string | undefined {
  if (parts.length === 0) return '';
  const half = parts.find((part) => /[AP]M/.test(part));
  const [hours = 0, minutes = 0, seconds = 0] = parts.filter((part) => part !== half).map(Number);
  if (minutes > 59 || seconds > 59 || hours > 23) return undefined;
  const hour = half === undefined ? hours : (hours % 12) + (half === 'PM' ? 12 : 0);
  return ` ${two(hour)}:${two(minutes)}:${two(seconds)}`;
}

const CLOCK = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?`;
const ISO = new RegExp(String.raw`^(\d{4})([-:])(\d\d)\2(\d\d)(?:([ T])${CLOCK}(Z|[-+]\d\d:\d\d)?)?$`);

/**
 * Returns the form of a text that consists of year, month, day and perhaps a time, in the order of ISO 8601. Returns undefined
 * if the text has another form, or if the day or time does not exist.
 */
export function isoForm(text: string): 'day' | 'moment' | 'instant' | 'time' | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, mark, month, day, between, hours, minutes, seconds, zone] = match;
  if (isoDay(Number(year), Number(month), Number(day)) === undefined) return undefined;
  if (hours === undefined) return mark === '-' ? 'day' : undefined;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds ?? 0) > 59) return undefined;
  const whole = seconds !== undefined;
  if (whole && zone === undefined && text.length === 19 && (mark === '-' || between === ' ')) return 'moment';
  if (mark !== '-') return undefined;
  return whole && zone !== undefined && between === 'T' ? 'instant' : 'time';
}

/** Converts a time that `isoForm` recognizes to the form of test rows: in UTC, ending in Z. */
export function isoTime(text: string): string {
  const plain = `${text.slice(0, 10).replaceAll(':', '-')}T${text.slice(11)}`;
  const zoned = /(Z|[-+]\d\d:\d\d)$/.test(plain) ? plain : `${plain}Z`;
  const [, fraction = ''] = /\.(\d+)/.exec(zoned) ?? [];
  const seconds = new Date(zoned.replace(/\.\d+/, '')).toISOString().slice(0, 19);
  return /[1-9]/.test(fraction) ? `${seconds}.${fraction.padEnd(6, '0')}Z` : `${seconds}Z`;
}
