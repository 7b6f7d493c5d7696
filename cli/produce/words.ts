/** Times and rates as a person writes them: `18:30`, `10m`, `50/s`. */
import { UsageError } from '../../src/errors.ts';

/** The latest moment that a timer can be set to, 2 ** 31 ms away, in whole days. */
const LONGEST_DAYS = 24;
const DAY_MS = 86_400_000;

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: DAY_MS } as const;
type Unit = keyof typeof UNIT_MS;

/** Posts a second in `50`, `50/s`, `3000/m`. */
export function perSecond(text: string): number {
  const [, amount, unit = 's'] = /^(\d*\.?\d+)(?:\/([smh]))?$/.exec(text.trim()) ?? [];
  const rate = Number(amount) / (UNIT_MS[unit as Unit] / 1000);
  if (rate > 0 && rate < Number.POSITIVE_INFINITY) return rate;
  throw new UsageError(`--rate is posts a second, more than 0, such as 50, 50/s or 90/m, not ${text}.`);
}

/** Milliseconds in `90s`, `10m`, `1.5h`, `2d`. */
export function duration(text: string): number {
  const [, amount, unit] = /^(\d*\.?\d+)([smhd])$/.exec(text.trim()) ?? [];
  const milliseconds = Number(amount) * UNIT_MS[unit as Unit];
  if (!(milliseconds > 0)) throw new UsageError(`--for is a time such as 90s, 10m, 1.5h or 2d, not ${text}.`);
  if (milliseconds > LONGEST_DAYS * DAY_MS)
    throw new UsageError(`--for is at most ${LONGEST_DAYS} days, not ${text}.`);
  return milliseconds;
}

/** The moment a person means by "18:30" or by a date and a time. */
export function moment(text: string, now: Date): Date {
  const today = /^\d{1,2}:\d{2}$/.test(text);
  const [hours = 0, minutes = 0] = today ? text.split(':').map(Number) : [];
  const when = today ? new Date(now) : new Date(text);
  if (today) {
    when.setHours(hours, minutes, 0, 0);
    if (when <= now) when.setDate(when.getDate() + 1);
  }
  if (Number.isNaN(when.getTime()) || hours > 23 || minutes > 59)
    throw new UsageError(
      `--until is a time of day such as 18:30, or a date and time such as 2030-01-31T18:30, not ${text}.`,
    );
  if (when <= now) throw new UsageError(`--until is over: ${text}; it is ${now.toISOString()} now.`);
  if (when.getTime() - now.getTime() > LONGEST_DAYS * DAY_MS)
    throw new UsageError(`--until is at most ${LONGEST_DAYS} days away, not ${text}.`);
  return when;
}
