/** The note about a dataset's missing file. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from '../outputs.ts';

/** The end of a sample's name if the sample's format can't be sent directly, such as `.csv` in `trips.csv`. */
const UNSENT = /\.(csv|tsv|json|ndjson)(\.gz)?$/i;

/** Returns a note that a file is missing and its records are skipped, and how to convert a sample in the same folder. */
export const missingNote = (file: string): string =>
  [`There is no ${file}: its records are skipped.`, ...conversion(file)].join(' ');

/**
 * Returns sentences on how to convert the sample from which the dataset of a missing file was made; none if the sample is not in the
 * same folder.
 */
export function conversion(file: string): string[] {
  const folder = path.dirname(file);
  const name = path.basename(file, '.jsonl');
  const sample = readdirSync(folder).find(
    (other) => UNSENT.test(other) && nameOf(other.replace(UNSENT, '')) === name,
  );
  return sample === undefined
    ? []
    : [
        `${sample} is not a file of JSON lines.`,
        `To convert it, run: npm run generate dataset ${name} -- --from ${shellWord(path.join(folder, sample))} --records ${shellWord(file)}`,
      ];
}

/** Returns the name of the dataset that a project made from a file of this name has. */
const nameOf = (file: string): string => file.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
