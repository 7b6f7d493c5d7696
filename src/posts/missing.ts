/** The note about a dataset's missing file. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from '../outputs.ts';

/** The end of a sample's name if the sample's format can't be sent directly, such as `.csv` in `trips.csv`. */
const UNSENT = /\.(csv|tsv|json|ndjson)(\.gz)?$/i;

/** Returns a note that a file is missing and its records are skipped, and how to convert a sample in the same folder. */
export function missingNote(file: string): string {
  const folder = path.dirname(file);
  const name = path.basename(file, '.jsonl');
  const sample = readdirSync(folder).find(
    (other) => UNSENT.test(other) && other.replace(UNSENT, '') === name,
  );
  const note = `There is no ${file}: its records are skipped.`;
  return sample === undefined
    ? note
    : `${note} ${sample} is not a file of JSON lines. To convert it, which also replaces the dataset, run: npm run generate dataset ${name} -- --from ${shellWord(path.join(folder, sample))} --records ${shellWord(file)} --force`;
}
