/** Valid names of a project and its datasets. */
import path from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { checkName } from '../sample/names.ts';
import { FORMAT, filesOf } from '../sample/read/sample.ts';

/**
 * A valid project name. Names of schemas, buckets and files contain it. Its maximum length leaves room for the pipeline's id in
 * a bucket's name.
 */
const NAME = /^[a-z][a-z0-9]{0,15}$/;

/** @throws UsageError for a name that can't be part of names in Databricks and AWS */
export function checkProjectName(name: string): void {
  if (!NAME.test(name))
    throw new UsageError(
      `A project's name has 1 to 16 lower-case letters and digits and begins with a letter, for example shop; got ${JSON.stringify(name)}.`,
    );
}

export interface Sample {
  /** The dataset's name. */
  readonly name: string;
  /** A file, or a folder of files. */
  readonly from: string;
}

/**
 * Returns the samples in a folder, in order of their names: each file and each folder of files is one sample. If `from` is a
 * file, it is the only sample.
 * @throws UsageError if a name can't be a dataset's name, or two samples have the same name
 * @throws FileError if the folder can't be read
 */
export function samplesIn(from: string): readonly Sample[] {
  const samples = filesOf(
    from,
    (entry) => !entry.name.startsWith('.') && (entry.isDirectory() || FORMAT.test(entry.name)),
  ).map((file): Sample => ({ name: nameOf(file), from: file }));
  if (samples.length === 0)
    throw new UsageError(
      `${from} contains no sample: expected .jsonl, .json or .csv files, each also .gz, or folders of such files.`,
    );
  for (const [at, { name, from: file }] of samples.entries()) {
    try {
      checkName(name);
    } catch (error) {
      throw new UsageError(`${file} can't name a dataset: ${(error as Error).message} Rename the file.`);
    }
    const other = samples.slice(0, at).find((sample) => sample.name === name);
    if (other)
      throw new UsageError(
        `${other.from} and ${file} are both samples of ${name}: rename one, or put both into a folder ${name}.`,
      );
  }
  return samples;
}

/** `Web Orders.csv.gz` is a sample of `web_orders`. */
const nameOf = (file: string): string =>
  path
    .basename(file)
    .replace(FORMAT, '')
    .toLowerCase()
    .replaceAll(/[\s.-]+/g, '_');
