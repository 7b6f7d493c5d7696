/** Formats numbers, times and columns for display. */

/** Returns a number as `1,234.5`. To keep more digits than a double can hold, pass the number as text. */
export function number(value: unknown): string {
  if (typeof value === 'bigint') return value.toLocaleString('en');
  if (typeof value !== 'string') return Number(value).toLocaleString('en', { maximumFractionDigits: 20 });
  const [whole = '', ...fraction] = value.split('.');
  return [whole.replaceAll(/\B(?=(\d{3})+$)/g, ','), ...fraction].join('.');
}

/** Returns a share from 0 to 1 as a percentage with up to three digits, such as `5 %`. */
export const percent = (share: number): string =>
  `${(share * 100).toLocaleString('en', { maximumSignificantDigits: 3 })} %`;

/** Returns a number as `1.2M`, for axes and narrow places. */
export const short = (value: number): string =>
  value.toLocaleString('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** Returns `category count` for `category_count`. */
export const words = (column: string): string => column.replaceAll('_', ' ');

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Returns a time as `25 Nov 2026, 09:58 UTC`. */
export const time = (at: Date): string =>
  `${at.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })} UTC`;

/** Returns a number with its noun: `1 row`, `2 rows`. */
export const counted = (n: number, one: string): string => `${number(n)} ${one}${n === 1 ? '' : 's'}`;

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Returns a duration as `2 hours`, rounded down to its largest unit. */
export function span(seconds: number): string {
  for (const [unit, length] of UNITS)
    if (seconds >= length) return counted(Math.floor(seconds / length), unit);
  return counted(Math.max(0, Math.round(seconds)), 'second');
}
