/** The forms of days and times besides those of src/datasets/rules.ts, each read by a pattern of Spark's. */

const DAYS: readonly (readonly [pattern: string, text: RegExp, order: string])[] = [
  ['d.M.yyyy', /^(\d{1,2})\.(\d{1,2})\.(\d{4})/, 'dmy'],
  ['yyyy/M/d', /^(\d{4})\/(\d{1,2})\/(\d{1,2})/, 'ymd'],
  ['M/d/yyyy', /^(\d{1,2})\/(\d{1,2})\/(\d{4})/, 'mdy'],
  ['d/M/yyyy', /^(\d{1,2})\/(\d{1,2})\/(\d{4})/, 'dmy'],
];

const CLOCKS: readonly (readonly [pattern: string, text: RegExp])[] = [
  ['', /^$/],
  [' H:mm', /^ (\d{1,2}):(\d\d)$/],
  [' H:mm:ss', /^ (\d{1,2}):(\d\d):(\d\d)$/],
  [' h:mm a', /^ (\d{1,2}):(\d\d) ([AP]M)$/],
  [' h:mm:ss a', /^ (\d{1,2}):(\d\d):(\d\d) ([AP]M)$/],
];

/** `d.M.yyyy H:mm` and all others that are tried. */
export const PATTERNS = DAYS.flatMap(([day]) => CLOCKS.map(([clock]) => `${day}${clock}`));

/** Returns the patterns by which a text is a day or a time. */
export const patternsOf = (text: string): string[] => [...read(text).keys()];

/** Returns `2019-06-03` or `2019-06-03 06:29:14`, undefined where the text isn't of the pattern. */
export const readBy = (pattern: string, text: string): string | undefined => read(text).get(pattern);

function read(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [day, form, order] of DAYS) {
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

const two = (number: number): string => String(number).padStart(2, '0');

/** Returns the day, undefined where there never was one. */
export function isoDay(year: number, month: number, day: number): string | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  if (year < 1000 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return `${year}-${two(month)}-${two(day)}`;
}

function isoClock(parts: readonly string[]): string | undefined {
  if (parts.length === 0) return '';
  const half = parts.find((part) => /[AP]M/.test(part));
  const [hours = 0, minutes = 0, seconds = 0] = parts.filter((part) => part !== half).map(Number);
  if (minutes > 59 || seconds > 59 || (half ? hours < 1 || hours > 12 : hours > 23)) return undefined;
  const hour = half === undefined ? hours : (hours % 12) + (half === 'PM' ? 12 : 0);
  return ` ${two(hour)}:${two(minutes)}:${two(seconds)}`;
}

const CLOCK = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?`;
const ISO = new RegExp(String.raw`^(\d{4})([-:])(\d\d)\2(\d\d)(?:([ T])${CLOCK}(Z|[-+]\d\d:\d\d)?)?$`);

/** Which of the rules a text in the order of ISO 8601 is for; undefined for none. */
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

/** Returns a time in the order of ISO 8601 as a row of a table shows it: in UTC, ending in Z. */
export function isoTime(text: string): string {
  const plain = `${text.slice(0, 10).replaceAll(':', '-')}T${text.slice(11)}`;
  const zoned = /(Z|[-+]\d\d:\d\d)$/.test(plain) ? plain : `${plain}Z`;
  const [, fraction = ''] = /\.(\d+)/.exec(zoned) ?? [];
  const seconds = new Date(zoned.replace(/\.\d+/, '')).toISOString().slice(0, 19);
  return /[1-9]/.test(fraction) ? `${seconds}.${fraction.padEnd(6, '0')}Z` : `${seconds}Z`;
}
