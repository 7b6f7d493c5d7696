/** The number of the post that a line belongs to, however the line writes it: what puts all versions of a post in one partition. */
import { keyFields } from '../datasets/dataset.ts';
import { datasets } from '../datasets/index.ts';
import { flawOf } from './flaw.ts';
import type { PostRecord } from './post.ts';

/** The names of the number: `index` in a pin, `ind` elsewhere. */
const names = [...new Set(datasets.flatMap(keyFields))];

const ownName = new Map(datasets.map((dataset) => [dataset.name, [...keyFields(dataset), ...names]]));

/** Whole numbers as cleaning reads them, `7` and `7.0`, with zeros in front too. */
const WHOLE_NUMBER = /^0*(\d+)(\.0+)?$/;

/** A line as it is sent, with what could be read in it. */
export const recordOf = (dataset: string, line: Buffer, at: number): PostRecord =>
  withLine(dataset, parse(line), line, at);

/** A row of a table as a line of JSON. */
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
 * The canonical number, `"7"` for `7`, `7.0`, `"7"` and `" 7.0 "`; null where there is none. A record of one dataset in
 * another's topic is found by its own name of the number.
 */
function keyIn(record: Record<string, unknown> | null, dataset: string): string | null {
  if (record === null) return null;
  for (const name of ownName.get(dataset) ?? names) {
    const value = record[name];
    if (typeof value !== 'number' && typeof value !== 'string') continue;
    const number = WHOLE_NUMBER.exec(String(value).trim())?.[1];
    if (number !== undefined) return number;
  }
  return null;
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
