/**
 * Formats a result's values for users and programs. Values are exact: numbers that a double can't hold are
 * bigint or text.
 */
import { number } from '../../format.ts';
import { printableJson, visible } from '../../visible.ts';
import type { SqlColumn, SqlValue } from '../sql.ts';
import { SqlEntries } from '../value.ts';

const NUMBERS = new Set(['TINYINT', 'SMALLINT', 'INT', 'BIGINT', 'FLOAT', 'DOUBLE', 'DECIMAL']);
const TIMES = new Set(['TIMESTAMP', 'TIMESTAMP_NTZ']);

/** Names of columns whose numbers are identifiers, not quantities. */
const NAMES = /(year|(^|_)(ind|index|id|version|port|pid))$/i;

export const isNumber = ({ type }: SqlColumn): boolean => NUMBERS.has(type);

/** Returns whether a column's digits are grouped; the digits of years and keys are not. */
export const isQuantity = (column: SqlColumn): boolean => isNumber(column) && !NAMES.test(column.name);

/** Returns a value as text; NULL is empty, bytes are hexadecimal digits, nested values JSON. */
export function plain(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'object') return jsonText(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Returns JSON. Does not use JSON.stringify, because objects reorder some names and lose others. Numbers that a double can't hold are text. */
export function jsonText(value: SqlValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value)))
    return plain(value);
  if (value instanceof SqlEntries)
    return `{${value.entries.map(([name, inner]) => `${quoted(nameOf(name))}:${jsonText(inner)}`).join(',')}}`;
  if (typeof value === 'object' && !Buffer.isBuffer(value)) return `[${value.map(jsonText).join(',')}]`;
  return quoted(plain(value));
}

/** Returns the key of a MAP as the name of an object member. */
const nameOf = (key: SqlValue): string => (key === null ? 'null' : plain(key));

/** Returns a text as a JSON string. */
export const quoted = (text: string): string => printableJson(JSON.stringify(text));

/** Returns a value as a cell of a table: times without their T, and no control characters. */
export function cell(value: SqlValue | undefined, column: SqlColumn, group: boolean): string {
  const text = plain(value);
  if (TIMES.has(column.type)) return text.replace('T', ' ');
  return group && isQuantity(column) ? number(text) : visible(text);
}
