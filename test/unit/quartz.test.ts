/** Schedules as Databricks reads them: Quartz counts seconds first and days of the week from Sunday, 1. */
import { expect, test } from 'vitest';
import { quartzCron } from '../../src/databricks/quartz.ts';

/** A Thursday. */
const NOW = new Date('2026-01-01T00:00:00Z');

const day = (date: Date): string => date.toUTCString().slice(0, 11);

test.each([
  ['0 0 4 * * ?', 'UTC', ['2026-01-01T04:00:00.000Z', '2026-01-02T04:00:00.000Z']],
  ['0 0/15 * * * ?', 'UTC', ['2026-01-01T00:15:00.000Z', '2026-01-01T00:30:00.000Z']],
  ['0/10 * * ? * * *', 'UTC', ['2026-01-01T00:00:10.000Z', '2026-01-01T00:00:20.000Z']],
  ['0 30 6 * * ?', 'Europe/Berlin', ['2026-01-01T05:30:00.000Z', '2026-01-02T05:30:00.000Z']],
  ['0 0 4 L * ?', 'UTC', ['2026-01-31T04:00:00.000Z', '2026-02-28T04:00:00.000Z']],
  ['0 0 4 1 1 ? 2030', 'UTC', ['2030-01-01T04:00:00.000Z']],
])('%s in %s', (expression, timezone, times) => {
  const runs = quartzCron(expression, timezone).nextRuns(times.length, NOW);
  expect(runs.map((run) => run.toISOString())).toEqual(times);
});

test.each([
  ['1', ['Sun, 04 Jan', 'Sun, 11 Jan']],
  ['2-6', ['Thu, 01 Jan', 'Fri, 02 Jan', 'Mon, 05 Jan']],
  ['MON,7', ['Sat, 03 Jan', 'Mon, 05 Jan']],
  ['6#3', ['Fri, 16 Jan', 'Fri, 20 Feb']],
  ['6L', ['Fri, 30 Jan', 'Fri, 27 Feb']],
  ['L', ['Sat, 03 Jan', 'Sat, 10 Jan']],
  ['2/2', ['Fri, 02 Jan', 'Mon, 05 Jan', 'Wed, 07 Jan']],
])('day of the week %s', (weekday, days) => {
  const runs = quartzCron(`0 0 4 ? * ${weekday}`, 'UTC').nextRuns(days.length, NOW);
  expect(runs.map(day)).toEqual(days);
});

test.each([
  ['0 4 * * *', 'UTC', 'expected 6 or 7 fields (second first), got 5'],
  ['0 0 4 * * *', 'UTC', 'expected ? in exactly one of day of month and day of week'],
  ['0 0 4 ? * ?', 'UTC', 'expected ? in exactly one of day of month and day of week'],
  ['0 0 4 ? * 8', 'UTC', 'days of the week go from 1 to 7, not 8'],
  ['0 61 4 * * ?', 'UTC', 'Invalid value for minute: 61'],
  ['0 0 4 * * ?', 'Mars/Olympus', 'not "Mars/Olympus"'],
])('%s in %s is refused', (expression, timezone, why) => {
  expect(() => quartzCron(expression, timezone)).toThrow(why);
});
