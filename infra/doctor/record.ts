/** The record of the vendors' files: a checksum is computed when a file is first fetched, and compared at every later fetch. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { jsonOf, readTextIfThere } from '../../src/files/read.ts';
import { writeWhole } from '../../src/files/write.ts';

/** Committed with the project, so that a reviewer sees when a vendor's file changes. */
const RECORD_FILE = fileURLToPath(new URL('../artifacts.lock.json', import.meta.url));

const schema = z.record(
  z.string(),
  z.object({ address: z.string(), bytes: z.number().int(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
);

/** The checksums, by file name. */
export type ChecksumRecord = z.infer<typeof schema>;

export function readRecord(file: string = RECORD_FILE): ChecksumRecord {
  const use = { code: 'RECORD', remedy: 'restore it from the repository' };
  return jsonOf(readTextIfThere(file, use) ?? '{}', schema, file, use);
}

export function writeRecord(record: ChecksumRecord, file: string = RECORD_FILE): void {
  const sorted = Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeWhole(file, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o666 });
}

/** Returns the record as `sha256sum --check` reads it. */
export const checksumLines = (record: ChecksumRecord): string =>
  Object.entries(record)
    .map(([file, { sha256 }]) => `${sha256}  ${file}\n`)
    .join('');
