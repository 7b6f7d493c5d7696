/** Schedules as Databricks reads them: in Quartz, the first field is the second, and Sunday is day 1 of the week. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { atTimes } from '../../local/workspace/runs/alarm.ts';
import { quartzCron } from '../../src/databricks/quartz/quartz.ts';

/** Expression, time zone, start, and the successive times of Quartz 2.5.2 (`CronExpression.getNextValidTimeAfter`). */
type Fired = [expression: string, timezone: string, start: string, times: string[]];

const fired = readFileSync(path.join(import.meta.dirname, '../fixtures/quartz.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Fired);

test.each(fired)('%s in %s from %s fires as in Quartz', (expression, timezone, start, times) => {
  const next = quartzCron(expression, timezone);
  const got: string[] = [];
  for (let at = next(new Date(start)); at && got.length < times.length; at = next(at))
    got.push(at.toISOString().replace('.000', ''));
  expect(got).toEqual(times);
});

test('a schedule whose last time has passed has no next time', () => {
  expect(quartzCron('0 0 4 * * ? 2026', 'UTC')(new Date('2026-12-31T04:00:00Z'))).toBeUndefined();
});

test.each([
  ['0 4 * * *', 'UTC', 'expected 6 or 7 fields (second first), got 5'],
  ['0 0 4 * * ? * *', 'UTC', 'expected 6 or 7 fields (second first), got 8'],
  ['0 0 4 * * *', 'UTC', 'expected ? in exactly one of day of month and day of week'],
  ['0 0 4 ? * ?', 'UTC', 'expected ? in exactly one of day of month and day of week'],
  ['? 0 4 * * ?', 'UTC', 'expected a second, got "?"'],
  ['0 0 4 ? * 0', 'UTC', 'the day of week must be from 1 to 7, got "0"'],
  ['0 0 4 ? * 8', 'UTC', 'the day of week must be from 1 to 7, got "8"'],
  ['0 0 4 ? * MONDAY', 'UTC', 'the day of week must be from 1 to 7, got "MONDAY"'],
  ['0 61 4 * * ?', 'UTC', 'the minute must be from 0 to 59, got "61"'],
  ['0 0 24 * * ?', 'UTC', 'the hour must be from 0 to 23, got "24"'],
  ['0 0 4 0 * ?', 'UTC', 'the day of month must be from 1 to 31, got "0"'],
  ['0 0 4 32W * ?', 'UTC', 'the day of month must be from 1 to 31, got "32"'],
  ['0 0 4 L-31 * ?', 'UTC', 'expected at most L-30, got "L-31"'],
  ['0 0 4 W * ?', 'UTC', 'the day of month must be from 1 to 31, got "W"'],
  ['0 0 4 1-5W * ?', 'UTC', 'the day of month must be from 1 to 31, got "5W"'],
  ['0 0 4 * 13 ?', 'UTC', 'the month must be from 1 to 12, got "13"'],
  ['0 0 4 * * ? 1969', 'UTC', 'the year must be from 1970 to 2099, got "1969"'],
  ['0 0 4 * * ? 2030-2028', 'UTC', 'the first year of 2030-2028 is after its last'],
  ['0 0 4 ? * 6#6', 'UTC', 'the number after # must be from 1 to 5, got "6#6"'],
  ['0 0 4 ? * MON#2,TUE', 'UTC', 'L and # must be alone in the day of week, not in a list, got "MON#2,TUE"'],
  ['0 0 4 ? * MON-FRI/2', 'UTC', 'Quartz ignores the step after a name'],
  ['0 0 4 ? * SUN-3', 'UTC', 'expected two names or two numbers, got "SUN-3"'],
  ['0 0/60 4 * * ?', 'UTC', 'the step of the minute must be from 1 to 59, got "0/60"'],
  ['0 0/0 4 * * ?', 'UTC', 'the step of the minute must be from 1 to 59, got "0/0"'],
  ['0 5, 4 * * ?', 'UTC', 'expected a minute, got ""'],
  ['0 0 4 30 2 ?', 'UTC', 'no such day exists'],
  ['0 0 4 * * ?', 'Mars/Olympus', 'not "Mars/Olympus"'],
])('%s in %s is rejected', (expression, timezone, why) => {
  expect(() => quartzCron(expression, timezone)).toThrow(why);
});

describe("a job's timer", () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') }));
  afterEach(() => void vi.useRealTimers());

  test('fires at each time, even if the time is further away than the maximum of setTimeout', () => {
    const times: string[] = [];
    const end = atTimes(quartzCron('0 0 4 L 2-3 ?', 'UTC'), () => times.push(new Date().toISOString()));
    vi.advanceTimersByTime(100 * 86_400_000);
    expect(times).toEqual(['2026-02-28T04:00:00.000Z', '2026-03-31T04:00:00.000Z']);
    end();
    vi.advanceTimersByTime(400 * 86_400_000);
    expect(times).toHaveLength(2);
  });

  test('fires once for all times missed while the machine was asleep, at most a minute after it woke', () => {
    const fire = vi.fn();
    const end = atTimes(quartzCron('0 0 * * * ?', 'UTC'), fire);
    // The clock jumps, but the timer for 01:00 does not advance.
    vi.setSystemTime(new Date('2026-01-01T05:00:00Z'));
    vi.advanceTimersByTime(60_000);
    expect(fire).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(58 * 60_000);
    expect(fire).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(fire).toHaveBeenCalledTimes(2);
    end();
  });
});
