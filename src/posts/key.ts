/** The number of the post that a line belongs to, however the line writes it: what puts all versions of a post in one partition. */
import { datasets } from '../datasets/index.ts';

/** The names of the number: `index` in a pin, `ind` elsewhere. */
const names = [...new Set(datasets.map((dataset) => dataset.key))];

/** Whole numbers as cleaning reads them, `7` and `7.0`, with zeros in front too. */
const WHOLE_NUMBER = /^0*(\d+)(\.0+)?$/;

/**
 * The canonical number, `"7"` for `7`, `7.0`, `"7"` and `" 7.0 "`, also inside a one-element array; null where the line
 * is not JSON or has no such number. A record of one dataset in another's topic is found by its own name of the number.
 */
export function keyOf(line: Buffer, dataset: string): string | null {
  const record = parse(line);
  if (record === null) return null;
  const own = datasets.find(({ name }) => name === dataset)?.key;
  for (const name of own === undefined ? names : [own, ...names]) {
    const value = record[name];
    if (typeof value !== 'number' && typeof value !== 'string') continue;
    const number = WHOLE_NUMBER.exec(String(value).trim())?.[1];
    if (number !== undefined) return number;
  }
  return null;
}

function parse(line: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line.toString());
    const record = Array.isArray(value) && value.length === 1 ? value[0] : value;
    return typeof record === 'object' && record !== null && !Array.isArray(record) ? record : null;
  } catch {
    return null;
  }
}
