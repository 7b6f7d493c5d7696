/** Finds the key of a record in canonical form, so that all versions of a row go to the same partition. */
import { type Dataset, type Field, keyFields } from '../datasets/dataset.ts';
import { withoutBlanks } from '../datasets/sql.ts';
import { datasets } from '../project/datasets/index.ts';
import { flawOf } from './flaw.ts';
import type { PostRecord } from './post.ts';

/** Returns the record of a line, with its key and its flaw. The line is sent unchanged. */
export const recordOf = (dataset: string, line: Buffer, at: number): PostRecord =>
  withLine(dataset, parse(line), line, at);

/** Returns the record of a table's row, which is sent as a line of JSON. */
export const recordFrom = (dataset: string, row: Record<string, unknown>, at: number): PostRecord =>
  withLine(dataset, row, Buffer.from(JSON.stringify(row)), at);

function withLine(
  dataset: string,
  record: Record<string, unknown> | null,
  line: Buffer,
  at: number,
): PostRecord {
  const flaw = flawOf(record, dataset);
  return { dataset, line, key: keyIn(record, dataset), at, ...(flaw === undefined ? {} : { flaw }) };
}

/** Returns the key's canonical text; null if there is no key, and cleaning therefore rejects the record. */
function keyIn(record: Record<string, unknown> | null, name: string): string | null {
  const dataset = datasets.find((one) => one.name === name);
  return record && dataset ? keyOf(record, dataset) : null;
}

/**
 * Returns the key's canonical text; null if one of the key's fields is missing. The text is `"7"` for `7`, `7.0`, `"7"` and
 * `" 7.0 "`; it is a JSON array if the key has several fields.
 */
export function keyOf(record: Record<string, unknown>, dataset: Dataset): string | null {
  const values = keyFields(dataset).map((field) => valueIn(record, field, dataset));
  if (values.some((value) => value === null)) return null;
  return values.length === 1 ? (values[0] as string) : JSON.stringify(values);
}

function valueIn(record: Record<string, unknown>, field: string, { fields }: Dataset): string | null {
  const value = record[field];
  if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean') return null;
  const text = withoutBlanks(String(value));
  const { rule, placeholders = [] } = fields[field] as Field;
  if (text === '' || placeholders.includes(text)) return null;
  return rule.canonical ? rule.canonical(text) : text;
}

/** Returns the object in a line, also after a byte order mark or in a one-element array; null if there is none. */
function parse(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line.toString().replace(/^\uFEFF/, ''));
    const record = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : null;
  } catch {
    return null;
  }
}
