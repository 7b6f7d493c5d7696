/**
 * Quartz cron, as Databricks' schedules are written: seconds first, days of the week from 1 for Sunday, `?` in one of the
 * two day fields. https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
 */
import { Cron } from 'croner';
import { UsageError } from '../errors.ts';

/** Which field the day of the week is. */
const WEEKDAY = 5;
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Calls `fire` at each of the schedule's times until it is stopped; without `fire` it only knows `nextRun()`. @throws UsageError */
export function quartzCron(expression: string, timezone: string, fire?: () => void): Cron {
  const fields = expression.trim().split(/\s+/);
  const [, , , dayOfMonth = '', , dayOfWeek = ''] = fields;
  if (fields.length < 6 || fields.length > 7)
    throw wrong(expression, `expected 6 or 7 fields (second first), got ${fields.length}`);
  if ((dayOfMonth === '?') === (dayOfWeek === '?'))
    throw wrong(expression, 'expected ? in exactly one of day of month and day of week');
  if (!isTimezone(timezone))
    throw new UsageError(`The schedule's time zone is one like Europe/London or UTC, not "${timezone}".`);
  try {
    const pattern = fields
      .map((field, index) => (index === WEEKDAY ? weekdays(field) : anyFor(field)))
      .join(' ');
    const options = { timezone, domAndDow: true, sloppyRanges: true };
    return fire ? new Cron(pattern, options, fire) : new Cron(pattern, options);
  } catch (error) {
    throw wrong(expression, (error as Error).message);
  }
}

const wrong = (expression: string, why: string): UsageError =>
  new UsageError(
    `The schedule "${expression}" is no quartz cron expression: ${why.replace(/^CronPattern: /, '').replace(/\.?$/, '.')}`,
  );

function isTimezone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
}

const anyFor = (field: string): string => (field === '?' ? '*' : field);

/** In Quartz 1 is Sunday, `6L` the month's last Friday, `L` Saturday, `2/2` every second day from Monday on. */
const weekdays = (field: string): string =>
  field
    .split(',')
    .map((part) => {
      const [, first, last, rest = ''] = /^(\w+?)(?:-(\w+))?(L|[#/].*)?$/.exec(part) ?? [];
      if (first === undefined) return anyFor(part);
      if (part === 'L') return 'SAT';
      if (rest === 'L') return `${weekday(first)}#L`;
      if (last !== undefined) return `${weekday(first)}-${weekday(last)}${rest}`;
      return rest.startsWith('/') ? `${weekday(first)}-SAT${rest}` : weekday(first) + rest;
    })
    .join(',');

function weekday(day: string): string {
  const name = /^\d+$/.test(day) ? DAYS[Number(day) - 1] : day;
  if (name === undefined) throw new Error(`days of the week go from 1 to 7, not ${day}`);
  return name;
}
