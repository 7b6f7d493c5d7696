/** Writes a new dataset into the project and renders the generated files; if that fails, leaves the project unchanged. */
import fs from 'node:fs';
import { makeDataset } from '../../generator/sample/make.ts';
import { shown } from '../../generator/sample/show.ts';
import { waiting } from '../../src/databricks/show/waiting.ts';
import { FileError } from '../../src/files/errors.ts';
import { type GrowingFile, growingFile } from '../../src/files/write.ts';
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
  const lines = records === undefined ? undefined : openRecords(records, options.force);
  const done = waiting(process.stderr);
  let whole = false;
  try {
    const onRecord = lines && ((line: string) => lines.write(`${line}\n`));
    const made = await makeDataset({ ...options, ...(onRecord && { onRecord }) });
    done();
    console.log(shown(made));
    await addFiles(options.root, made.files);
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
