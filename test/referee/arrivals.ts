/** Reads the referee's input, the records as they arrived, from JSON-lines files or from a bucket folder. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const DATASETS = ['pin', 'geo', 'user'] as const;
export type DatasetName = (typeof DATASETS)[number];
export type ByDataset<T> = Record<DatasetName, T>;

export interface Arrival {
  /** The record; bytes that are not UTF-8 are read as U+FFFD. */
  readonly record: Uint8Array | string;
  /** Position in the order of arrival. Positions are compared by their bytes. */
  readonly position: string;
}

export type Arrivals = ByDataset<readonly Arrival[]>;

export function byDataset<T>(make: (dataset: DatasetName) => T): ByDataset<T> {
  return { pin: make('pin'), geo: make('geo'), user: make('user') };
}

/** Reads a folder with `pin.jsonl`, `geo.jsonl` and `user.jsonl`; the order of the lines is the order of arrival. */
export function fromJsonLines(folder: string): Arrivals {
  return byDataset((dataset) => fromText(readFileSync(join(folder, `${dataset}.jsonl`))));
}

/** Reads the text of one JSON-lines file. */
export function fromText(text: Uint8Array | string): Arrival[] {
  return lines(Buffer.from(text)).map(({ record, line }) => ({ record, position: padded(line, 10) }));
}

/**
 * Reads a bucket folder in the S3 sink's layout: `topics/<id>.<dataset>/partition=<n>/<topic>+<n>+<offset>.json`.
 * A topic without records has no folder and no arrivals.
 */
export function fromBucket(bucket: string, pipelineId: string): Arrivals {
  return byDataset((dataset) => {
    const topic = join(bucket, 'topics', `${pipelineId}.${dataset}`);
    if (statSync(topic, { throwIfNoEntry: false }) === undefined) return [];
    return readdirSync(topic, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.json') && !path.includes('/.'))
      .flatMap((path) => {
        const file = join(topic, path);
        const modified = padded(Math.floor(statSync(file).mtimeMs), 15);
        return lines(readFileSync(file)).map(({ record, line }) => ({
          record,
          position: `${modified} ${path} ${padded(line, 10)}`,
        }));
      });
  });
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Splits bytes into lines, which end in `\n` or `\r\n`. Empty lines are omitted, but counted in the line numbers. */
function lines(bytes: Buffer): { record: Buffer; line: number }[] {
  const found: { record: Buffer; line: number }[] = [];
  for (let start = 0, line = 0; start < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const next = feed === -1 ? bytes.length : feed;
    const end = feed > start && bytes[feed - 1] === CARRIAGE_RETURN ? feed - 1 : next;
    if (end > start) found.push({ record: bytes.subarray(start, end), line });
    start = next + 1;
  }
  return found;
}

function padded(n: number, digits: number): string {
  return String(n).padStart(digits, '0');
}
