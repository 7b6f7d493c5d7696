/** Parses times and rates as users write them: `18:30`, `10m`, `50/s`. */
import { UsageError } from '../../src/errors.ts';
import { MAX_TIMER_MS } from '../../src/wait.ts';

const DAY_MS = 86_400_000;
/** A timer ends the run, so the longest run is 24 days. */
const MAX_DAYS = Math.floor(MAX_TIMER_MS / DAY_MS);

const UNIT_S = { s: 1, m: 60, h: 3600 } as const;

/** Returns the posts per second of a rate such as `50`, `50/s` or `3000/m`. @throws UsageError */
export function perSecond(text: string): number {
  const [, amount, unit = 's'] = /^(\d*\.?\d+)(?:\/([smh]))?$/.exec(text.trim()) ?? [];
  const rate = Number(amount) / UNIT_S[unit as keyof typeof UNIT_S];
  if (rate > 0 && rate < Number.POSITIVE_INFINITY) return rate;
  throw new UsageError(
    `--rate must be posts per second, more than 0, such as 50, 50/s or 90/m, not ${text}.`,
  );
}

const DURATION = new RegExp(`^${['d', 'h', 'm', 's'].map((unit) => `(?:(\\d*\\.?\\d+)${unit})?`).join('')}$`);

/** Returns the milliseconds of a duration such as `90s`, `10m`, `1h30m`, `1.5h` or `2d`. @throws UsageError */
export function duration(text: string): number {
  const amounts = DURATION.exec(text.trim())?.slice(1) ?? [];
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = amounts.map((amount) => Number(amount ?? 0));
  const milliseconds = Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000);
  if (!(milliseconds > 0))
    throw new UsageError(`--for must be a duration such as 90s, 10m, 1h30m, 1.5h or 2d, not ${text}.`);
  if (milliseconds > MAX_DAYS * DAY_MS)
    throw new UsageError(`--for must be at most ${MAX_DAYS} days, not ${text}.`);
  return milliseconds;
}

/** ISO 8601's calendar dates, to the second. An offset needs its minutes: `+02` would be ambiguous. */
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Returns the time that a text describes: `18:30`, `2030-01-31`, or a date with a time of day. The time is in UTC, as
 * in the whole pipeline, unless an offset such as `+02:00` follows. A time of day without a date means its next
 * occurrence. A date without a time means 00:00.
 * @throws UsageError for a date or time that does not exist, is in the past, or is too far in the future
 */
export function moment(text: string, now: Date): Date {
  const when = /^\d{1,2}:\d\d$/.test(text) ? nextTime(text, now) : dateOf(text);
  if (!when)
    throw new UsageError(
      `--until must be a time of day such as 18:30, or a date and time such as 2030-01-31T18:30, in UTC, not ${text}.`,
    );
  if (when <= now)
    throw new UsageError(`--until is in the past: ${text} (UTC); it is ${now.toISOString()} now.`);
  if (when.getTime() - now.getTime() > MAX_DAYS * DAY_MS)
    throw new UsageError(`--until must be at most ${MAX_DAYS} days away, not ${text}.`);
  return when;
}

function nextTime(text: string, now: Date): Date | undefined {
  const today = dateOf(`${now.toISOString().slice(0, 10)}T${text.padStart(5, '0')}`);
  return today && today <= now ? new Date(today.getTime() + DAY_MS) : today;
}

function dateOf(text: string): Date | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00', offset = 'Z'] = DATE.exec(text) ?? [];
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // Rejects dates and times that do not exist, because Date would turn 31 November or 24:00 into a time on the next
  // day.
  const asUtc = new Date(`${local}Z`);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, local.length) !== local) return undefined;
  const when = new Date(`${local}${offset}`);
  return Number.isNaN(when.getTime()) ? undefined : when;
}
