/** Writes a new dataset into the project and renders all, or leaves the project as it was. */
import fs from 'node:fs';
import { makeDataset } from '../../generator/sample/make.ts';
import { shown } from '../../generator/sample/show.ts';
import { waiting } from '../../src/databricks/show/waiting.ts';
import { fileError } from '../../src/files/errors.ts';
import { addFiles } from './add-files.ts';

interface AddDatasetOptions {
  readonly root: string;
  readonly name: string;
  readonly from: string;
  readonly force: boolean;
  /** A file for the records as JSON lines. */
  readonly records?: string;
}

export async function addDataset({ records, ...options }: AddDatasetOptions): Promise<void> {
  const done = waiting(process.stderr);
  const lines = records === undefined ? undefined : openRecords(records, options.force);
  try {
    const made = await makeDataset({ ...options, ...(lines && { onRecord: lines.write }) });
    done();
    console.log(shown(made));
    await addFiles(options.root, made.files);
  } finally {
    done();
    lines?.close();
  }
}

/** @throws FileError where the file can't be written, or is there and is not to be replaced */
function openRecords(file: string, force: boolean) {
  try {
    const opened = fs.openSync(file, force ? 'w' : 'wx', 0o600);
    return {
      write: (line: string) => {
        fs.writeSync(opened, `${line}\n`);
      },
      close: () => fs.closeSync(opened),
    };
  } catch (error) {
    throw fileError(file, error);
  }
}
