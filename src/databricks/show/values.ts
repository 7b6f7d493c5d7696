/** Values of a result as people and programs read them. Nothing is rounded: what a double can't hold comes as bigint or text. */
import type { SqlColumn, SqlValue } from '../sql.ts';

const NUMBERS = new Set(['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL']);

/** Numbers that name something rather than count it. */
const NAMES = /(year|(^|_)(ind|index|id|version|port|pid))$/i;

export const isNumber = ({ type }: SqlColumn): boolean => NUMBERS.has(type);

/** Whether thousands are set apart: neither years nor keys. */
export const isQuantity = (column: SqlColumn): boolean => isNumber(column) && !NAMES.test(column.name);

/** One line of text; NULL is empty. Times are UTC and say so. */
export function plain(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object') return Buffer.isBuffer(value) ? value.toString('hex') : nested(value);
  return String(value);
}

const nested = (value: SqlValue): string =>
  value instanceof Date ? value.toISOString() : JSON.stringify(jsonValue(value));

/** What JSON has for it: integers beyond 2^53, decimals, times (ISO 8601) and bytes (hex) are text. */
export function jsonValue(value: SqlValue | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint' || value instanceof Date || Buffer.isBuffer(value)) return plain(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(jsonValue);
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, jsonValue(inner)]));
  return value;
}

const DIGITS = /^(-?)(\d{4,})(\.\d+)?$/;

/** 1234567.25 is 1,234,567.25. */
export function grouped(number: string): string {
  const [, sign, whole = '', fraction = ''] = DIGITS.exec(number) ?? [];
  return whole ? sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + fraction : number;
}

/** A cell of a table: times without their T and Z, and no character that a terminal would obey. */
export function cell(value: SqlValue | undefined, column: SqlColumn, group: boolean): string {
  if (value instanceof Date)
    return value
      .toISOString()
      .replace('T', ' ')
      .replace(/(\.000)?Z$/, '');
  const text = plain(value);
  return group && isQuantity(column) ? grouped(text) : visible(text);
}

const NEWLINE = /\r\n|\r|\n/g;
const CONTROL = /\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Line breaks and other control characters as signs, so that no text of a table can move the cursor or reverse the line. */
function visible(text: string): string {
  return text.replace(NEWLINE, '␤').replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (character === '\t') return ' ';
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�';
  });
}
