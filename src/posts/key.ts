/** The key of the row that a line belongs to, however the line writes it: what puts all versions of a row in one partition. */
import { type Dataset, type Field, keyFields } from '../datasets/dataset.ts';
import { withoutBlanks } from '../datasets/sql.ts';
import { datasets } from '../project/datasets/index.ts';
import { flawOf } from './flaw.ts';
import type { PostRecord } from './post.ts';

/** Whose keys are looked for in a record of a dataset: its own, then those of the others. */
const candidates = new Map(
  datasets.map((own) => [own.name, [own, ...datasets.filter((other) => other !== own)]]),
);

/** Returns a line as it is sent, with its key and what else could be read in it. */
export const recordOf = (dataset: string, line: Buffer, at: number): PostRecord =>
  withLine(dataset, parse(line), line, at);

/** Returns a table's row as a line of JSON. */
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

/**
 * Returns the key's canonical text: `"7"` for `7`, `7.0`, `"7"` and `" 7.0 "`, a JSON array where it is of several fields; null
 * where there is none. A record of one dataset in another's topic is found by its own key.
 */
function keyIn(record: Record<string, unknown> | null, name: string): string | null {
  if (record === null) return null;
  for (const dataset of candidates.get(name) ?? datasets) {
    const key = keyOf(record, dataset);
    if (key !== null) return key;
  }
  return null;
}

/** Returns the key's canonical text by one dataset's own fields; null where one of them is missing. */
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

/** The object in a line, also behind a byte order mark or inside a one-element array; null where the line is not JSON or holds none. */
function parse(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line.toString().replace(/^\uFEFF/, ''));
    const record = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : null;
  } catch {
    return null;
  }
}
