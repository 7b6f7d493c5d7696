/** Values as Python writes them. */

/** Returns a Python literal: what JSON escapes in a text, Python reads the same way. */
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

/** Between single quotes where that spares the backslashes of JSON's double ones. */
const text = (value: string): string =>
  /^[^'\\\p{Cc}]*"[^'\\\p{Cc}]*$/u.test(value) ? `'${value}'` : JSON.stringify(value);
