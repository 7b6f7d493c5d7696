/** Parses strict JSON (RFC 8259, as `JSON.parse` does). Returns each value as text, in its original notation. */

export type Fields = ReadonlyMap<string, string | null>;

/**
 * Returns the fields of a record that is one object, or an array of one object. Otherwise, returns the reason for
 * rejecting the record. A string is returned as its content, a number or boolean as its source text, and null as null.
 * An object or array is returned as its source text without unnecessary blanks and escapes. Of two fields with the same
 * name, the last counts. A byte order mark before the record is ignored.
 */
export function fieldsOf(arrived: string): Fields | 'not JSON' | 'not one object' {
  let record = arrived.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(record);
  } catch {
    return 'not JSON';
  }
  if (Array.isArray(value) && value.length === 1) {
    value = value[0];
    record = record.slice(record.indexOf('[') + 1, record.lastIndexOf(']'));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not one object';
  return new Map(members(record).map(([name, source]) => [JSON.parse(name) as string, asText(source)]));
}

function asText(source: string): string | null {
  if (source === 'null') return null;
  return source.startsWith('"') ? wellFormed(JSON.parse(source) as string) : compact(source);
}

/** Returns source text without blanks between its tokens; strings keep only necessary escapes, numbers are unchanged. */
function compact(source: string): string {
  let text = '';
  for (let at = 0; at < source.length; at++) {
    if (source[at] !== '"') {
      text += (source[at] ?? '').trim();
      continue;
    }
    const end = endOfString(source, at);
    text += escaped(JSON.parse(source.slice(at, end + 1)) as string);
    at = end;
  }
  return text;
}

/** Writes a string as Java's JSON libraries do: with `\u001F`, where JavaScript writes `\u001f`. */
const escaped = (text: string): string =>
  JSON.stringify(wellFormed(text)).replaceAll(/\\(\\|u[0-9a-f]{4})/g, (found) =>
    found === '\\\\' ? found : `\\u${found.slice(2).toUpperCase()}`,
  );

/** Replaces half of a surrogate pair by U+FFFD. An escape can produce such a half, but UTF-8 can't encode it. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Returns the names and values of an object's members as source text. The object must be valid JSON. */
function members(object: string): [name: string, source: string][] {
  const found: [string, string][] = [];
  let depth = 0;
  let name = '';
  let start = 0;
  for (let at = 0; at < object.length; at++) {
    const char = object[at];
    if (char === '"') {
      at = endOfString(object, at);
    } else if (depth === 1 && char === ':') {
      name = object.slice(start, at).trim();
      start = at + 1;
    } else if (depth === 1 && (char === ',' || char === '}')) {
      if (name !== '') found.push([name, object.slice(start, at).trim()]);
      start = at + 1;
    }
    if (char === '{' || char === '[') {
      if (depth === 0) start = at + 1;
      depth++;
    } else if (char === '}' || char === ']') {
      depth--;
    }
  }
  return found;
}

/** Returns the index of the closing quote of the string that opens at `quote`. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
}
