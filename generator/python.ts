/** Python literals. */
import { jsonString } from './text.ts';

/** Returns a value as a Python literal. Strings are written as JSON, whose escapes have the same meaning in Python. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, one]) => `${text(key)}: ${python(one)}`)
      .join(', ')}}`;
  return String(value);
}

/** Returns a string literal, in single quotes if JSON's double quotes would need backslashes. */
const text = (value: string): string =>
  /^[^'\\\p{Cc}\u2028\u2029]*"[^'\\\p{Cc}\u2028\u2029]*$/u.test(value) ? `'${value}'` : jsonString(value);
