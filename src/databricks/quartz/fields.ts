/** The fields of a Quartz cron expression: their valid values, and the numbers that they mean. */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for the numbers, beginning with `min`. */
  readonly words?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The fields in the order of an expression. */
export const SECOND: Field = { name: 'second', min: 0, max: 59 };
export const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
export const HOUR: Field = { name: 'hour', min: 0, max: 23 };
export const DAY: Field = { name: 'day of month', min: 1, max: 31 };
export const MONTH: Field = { name: 'month', min: 1, max: 12, words: MONTHS };
export const WEEKDAY: Field = { name: 'day of week', min: 1, max: 7, words: WEEKDAYS };
export const YEAR: Field = { name: 'year', min: 1970, max: 2099 };

/** Returns the numbers of a list such as `*`, `0/15`, `MON-FRI`, `22-4`, `1,15`, in ascending order. @throws Error */
export function numbersOf(field: Field, text: string): number[] {
  const numbers = text.split(',').flatMap((part) => numbersOfPart(field, part));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function numbersOfPart(field: Field, part: string): number[] {
  const { name, min, max, words } = field;
  const [, range, step] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
  const [, first, last] = /^(\w+)(?:-(\w+))?$/.exec(range ?? '') ?? [];
  const isAll = range === '*' || (range === '' && step !== undefined);
  if (!isAll && first === undefined) throw new Error(`expected a ${name}, got "${part}"`);
  const from = isAll ? min : numberOf(field, String(first));
  const to = last !== undefined ? numberOf(field, last) : isAll || step !== undefined ? max : from;
  const by = Number(step ?? 1);
  if (by < 1 || by > max) throw new Error(`the step of the ${name} must be from 1 to ${max}, got "${part}"`);
  if (step !== undefined && first !== undefined && words?.includes(first))
    throw new Error(`Quartz ignores the step after a name: expected numbers, got "${part}"`);
  if (first !== undefined && last !== undefined && words?.includes(first) !== words?.includes(last))
    throw new Error(`expected two names or two numbers, got "${part}"`);
  if (to < from && field === YEAR) throw new Error(`the first year of ${part} is after its last`);
  // `22-4` wraps around midnight.
  const size = max - min + 1;
  const length = (to < from ? to + size : to) - from;
  return Array.from({ length: Math.floor(length / by) + 1 }, (_, n) => ((from + n * by - min) % size) + min);
}

/** Returns the number of a text. @throws Error for a name or number that the field does not have */
export function numberOf({ name, min, max, words }: Field, text: string): number {
  const index = words?.indexOf(text) ?? -1;
  const number = index >= 0 ? min + index : /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw new Error(`the ${name} must be from ${min} to ${max}, got "${text}"`);
}
