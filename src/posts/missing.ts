/** Notes about samples that can't be sent before they are converted. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { shellWord } from '../outputs.ts';

/** The end of a sample's name if the sample's format can't be sent directly, such as `.csv` in `trips.csv`. */
const UNSENT = /\.(csv|tsv|json|ndjson)(\.gz)?$/i;

/** The end of the name of a file of rows and columns. */
const TABLE = /\.(csv|tsv)(\.gz)?$/i;

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
  return sample === undefined ? [] : [toConvert(path.join(folder, sample), name)];
}

/** Returns sentences on how to convert a table, such as `orders.csv`; undefined if the file may contain JSON lines. */
export function tableConversion(file: string, dataset: string | undefined): string | undefined {
  const name = dataset ?? nameOf(path.basename(file).replace(TABLE, ''));
  return TABLE.test(file) ? toConvert(file, name) : undefined;
}

const toConvert = (sample: string, name: string): string => {
  const records = path.join(path.dirname(sample), `${name}.jsonl`);
  return `${path.basename(sample)} is not a file of JSON lines. To convert it, run: npm run generate dataset ${name} -- --from ${shellWord(sample)} --records ${shellWord(records)}`;
};

/** Returns the name of the dataset that a project made from a file of this name has. */
const nameOf = (file: string): string => file.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
