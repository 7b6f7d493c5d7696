/** Parses the two day fields of a Quartz cron expression, including `L`, `W` and `#`. */
import { DAY, numberOf, numbersOf, WEEKDAY } from './fields.ts';

/** Returns a month's days, in any order; may contain days that the month lacks. `month` starts at 1. */
export type DaysOf = (year: number, month: number) => number[];

const lastOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Returns the day of the week, 1 for Sunday. */
const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;

/** @throws Error */
export function daysOfMonth(text: string): DaysOf {
  const parts = text.split(',').map(daysOfPart);
  return (year, month) => parts.flatMap((daysOf) => daysOf(year, month));
}

function daysOfPart(part: string): DaysOf {
  const [, last, back = '0', lastWeekday] = /^(L)(?:-(\d+))?(W)?$/.exec(part) ?? [];
  if (last) {
    if (Number(back) > MAX_BACK) throw new Error(`expected at most L-${MAX_BACK}, got "${part}"`);
    return (year, month) => {
      const day = lastOf(year, month) - Number(back);
      return day < 1 ? [] : [lastWeekday ? nearestWeekday(year, month, day) : day];
    };
  }
  const [, nearest] = /^(\d+)W$/.exec(part) ?? [];
  if (nearest) {
    const day = numberOf(DAY, nearest);
    return (year, month) => (day > lastOf(year, month) ? [] : [nearestWeekday(year, month, day)]);
  }
  const days = numbersOf(DAY, part);
  return () => days;
}

/** The maximum number after `L-`: the days before the last day of the longest month. */
const MAX_BACK = 30;

/**
 * Returns the nearest day from Monday to Friday in the same month: usually Friday for a Saturday, and Monday for a
 * Sunday.
 */
function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === SATURDAY) return day === 1 ? 3 : day - 1;
  if (weekday === SUNDAY) return day === lastOf(year, month) ? day - 2 : day + 1;
  return day;
}

const SUNDAY = 1;
const SATURDAY = 7;
const WEEK = 7;

/** @throws Error */
export function daysOfWeek(text: string): DaysOf {
  const [, name, count] = /^(\w+)(?:L|#(\d+))$/.exec(text === 'L' ? '' : text) ?? [];
  if (name !== undefined) {
    const weekday = numberOf(WEEKDAY, name);
    if (count === undefined) return (year, month) => allOf(year, month, [weekday]).slice(-1);
    const nth = Number(count);
    if (nth < 1 || nth > MAX_NTH)
      throw new Error(`the number after # must be from 1 to ${MAX_NTH}, got "${text}"`);
    return (year, month) => allOf(year, month, [weekday]).slice(nth - 1, nth);
  }
  if (text !== 'L' && /L(,|$)|#/.test(text))
    throw new Error(`L and # must be alone in the day of week, not in a list, got "${text}"`);
  const weekdays = text === 'L' ? [SATURDAY] : numbersOf(WEEKDAY, text);
  return (year, month) => allOf(year, month, weekdays);
}

/** The maximum number after `#`: a weekday occurs at most five times in a month. */
const MAX_NTH = 5;

function allOf(year: number, month: number, weekdays: readonly number[]): number[] {
  const first = weekdayOf(year, month, 1);
  return Array.from({ length: lastOf(year, month) }, (_, index) => index + 1).filter((day) =>
    weekdays.includes(((first - 1 + day - 1) % WEEK) + 1),
  );
}
