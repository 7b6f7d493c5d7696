/** Strict JSON (RFC 8259, as `JSON.parse` has it) in which every field's value is the text it was written with. */

export type Fields = ReadonlyMap<string, string | null>;

/**
 * The fields of the one object a record holds, bare or as the only element of an array, or what is wrong with it.
 * A string is its content; a number or boolean is its source text; an object or array is its source text without the
 * blanks between its parts and with no escapes but those it needs; null is null. The last of two fields of one name
 * counts. A byte order mark before the record is no part of it.
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

/** Source text token by token: texts with the escapes they need, numbers as they are, blanks left out. */
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

/** Java's JSON libraries write `\u001F` where JavaScript's writes `\u001f`. */
const escaped = (text: string): string =>
  JSON.stringify(wellFormed(text)).replaceAll(/\\(\\|u[0-9a-f]{4})/g, (found) =>
    found === '\\\\' ? found : `\\u${found.slice(2).toUpperCase()}`,
  );

/** Half a surrogate pair, which an escape can write, has no UTF-8: it becomes U+FFFD as other such bytes do. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}

/** Names and values of an object's members as source text. The object must be known to be valid JSON. */
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

/** Where the string that opens at `quote` has its closing quote. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; ; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
}
