/** Writes a new dataset into the project and renders the generated files; if that fails or is interrupted, leaves the project unchanged. */
import fs from 'node:fs';
import path from 'node:path';
import { datasetFile } from '../../generator/facts.ts';
import { makeDataset } from '../../generator/sample/make.ts';
import { shown } from '../../generator/sample/show.ts';
import { waiting } from '../../src/databricks/show/waiting.ts';
import { FileError } from '../../src/files/errors.ts';
import { type GrowingFile, growingFile } from '../../src/files/write.ts';
import { counted } from '../../src/format.ts';
import { outputFile } from '../../src/outputs.ts';
import { addFiles } from './add-files.ts';

interface AddDatasetOptions {
  readonly root: string;
  readonly name: string;
  readonly from: string;
  readonly force: boolean;
  /** Path of a file that receives the records as JSON lines. */
  readonly records?: string;
}

export async function addDataset({ records, ...options }: AddDatasetOptions): Promise<void> {
  const { root, name, force } = options;
  // The user may have edited the dataset since it was made from the sample.
  const isKept = records !== undefined && !force && fs.existsSync(path.join(root, datasetFile(name)));
  const lines =
    records === undefined ? undefined : openRecords(await outputFile('--records', records), options.force);
  const done = waiting(process.stderr);
  let whole = false;
  try {
    const onRecord = lines && ((line: string) => lines.write(`${line}\n`));
    const made = await makeDataset({ ...options, force: force || isKept, ...(onRecord && { onRecord }) });
    done();
    if (isKept)
      console.log(`${counted(made.inferred.records, 'record')} written; the dataset ${name} is unchanged`);
    else {
      console.log(shown(made));
      await addFiles(root, made.files);
    }
    whole = true;
  } finally {
    done();
    lines?.end(whole);
  }
}

/**
 * Opens the records' file for writing. The file may be the sample itself, because it is replaced only after the sample has
 * been read.
 * @throws FileError if the file exists and `force` is false, or can't be written
 */
function openRecords(file: string, force: boolean): GrowingFile {
  if (!force && fs.existsSync(file) && fs.statSync(file).isFile())
    throw new FileError(
      file,
      {},
      { problem: 'already exists', fix: 'name another file with --records, or replace it with --force' },
    );
  return growingFile(file);
}
