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

/** Line ends for one reader of a notebook or another that JSON leaves as they are. */
const LINE_ENDS = /[\u007f-\u009f\u2028\u2029]/g;

/** Between single quotes where that spares the backslashes of JSON's double ones. */
const text = (value: string): string =>
  /^[^'\\\p{Cc}\u2028\u2029]*"[^'\\\p{Cc}\u2028\u2029]*$/u.test(value)
    ? `'${value}'`
    : JSON.stringify(value).replaceAll(
        LINE_ENDS,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      );
