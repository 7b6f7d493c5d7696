/**
 * Parses Quartz cron, the syntax of Databricks' schedules: seconds first, days of the week from 1 for Sunday, `?` in one of
 * the two day fields. https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
 */
import { UsageError } from '../../errors.ts';
import { type DaysOf, daysOfMonth, daysOfWeek } from './days.ts';
import { HOUR, MINUTE, MONTH, numbersOf, SECOND, YEAR } from './fields.ts';
import { WallClock } from './wall-clock.ts';

/**
 * Returns a function that returns the schedule's first time after an instant, or undefined if there is none. As in Quartz, a
 * time that does not exist because the clock is put forward is skipped; if a time occurs twice, the second occurrence counts.
 * @throws UsageError
 */
export function quartzCron(expression: string, timezone: string): (after: Date) => Date | undefined {
  const clock = clockOf(timezone);
  const fields = expression.trim().toUpperCase().split(/\s+/);
  const [second = '', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = '', year = '*'] =
    fields;
  try {
    if (fields.length < 6 || fields.length > 7)
      throw new Error(`expected 6 or 7 fields (second first), got ${fields.length}`);
    if ((dayOfMonth === '?') === (dayOfWeek === '?'))
      throw new Error('expected ? in exactly one of day of month and day of week');
    const times = {
      years: numbersOf(YEAR, year),
      months: numbersOf(MONTH, month),
      daysOf: dayOfMonth === '?' ? daysOfWeek(dayOfWeek) : daysOfMonth(dayOfMonth),
      hours: numbersOf(HOUR, hour),
      minutes: numbersOf(MINUTE, minute),
      seconds: numbersOf(SECOND, second),
    };
    if (wallTimes(times, 0).next().done) throw new Error('no such day exists');
    return (after) => {
      for (const wall of wallTimes(times, clock.at(after.getTime()) + 1000)) {
        const instant = clock.instantOf(wall);
        if (instant !== undefined && instant > after.getTime()) return new Date(instant);
      }
      return undefined;
    };
  } catch (error) {
    throw new UsageError(
      `The schedule "${expression}" is not a Quartz cron expression: ${(error as Error).message}.`,
    );
  }
}

function clockOf(timezone: string): WallClock {
  try {
    return new WallClock(timezone);
  } catch {
    throw new UsageError(
      `The schedule's time zone must be a name such as Europe/London or UTC, not "${timezone}".`,
    );
  }
}

interface Times {
  readonly years: readonly number[];
  readonly months: readonly number[];
  readonly daysOf: DaysOf;
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  readonly seconds: readonly number[];
}

/** Yields the wall-clock times from `least` on in ascending order, each as the milliseconds of the same time in UTC. */
function* wallTimes({ years, months, daysOf, hours, minutes, seconds }: Times, least: number) {
  const start = new Date(least);
  for (const year of years.filter((one) => one >= start.getUTCFullYear()))
    for (const month of months) {
      if (Date.UTC(year, month) <= least) continue;
      for (const day of daysOf(year, month).sort((a, b) => a - b)) {
        const midnight = Date.UTC(year, month - 1, day);
        if (midnight + DAY_MS <= least || new Date(midnight).getUTCMonth() !== month - 1) continue;
        for (const hour of hours)
          for (const minute of minutes)
            for (const second of seconds) {
              const wall = midnight + ((hour * 60 + minute) * 60 + second) * 1000;
              if (wall >= least) yield wall;
            }
      }
    }
}

const DAY_MS = 86_400_000;
