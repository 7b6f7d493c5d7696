/** What is said of a dataset's file that is not there. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from '../outputs.ts';

/** A sample in a form that is not sent as it is: `trips.csv` of `trips`. */
const UNSENT = /\.(csv|tsv|json|ndjson)(\.gz)?$/i;

/** Returns the sentences on a folder's missing file: that its records are left out, and how a sample beside it becomes records. */
export function missingNote(file: string): string {
  const folder = path.dirname(file);
  const name = path.basename(file, '.jsonl');
  const sample = readdirSync(folder).find(
    (other) => UNSENT.test(other) && other.replace(UNSENT, '') === name,
  );
  const note = `There is no ${file}: its records are left out.`;
  return sample === undefined
    ? note
    : `${note} ${sample} holds no JSON lines: npm run generate dataset ${name} -- --from ${shellWord(path.join(folder, sample))} --records ${shellWord(file)} --force writes them, and the dataset anew.`;
}
