/** Adds files to the project and renders the generated files; if that fails or is interrupted, leaves the project unchanged. */
import fs from 'node:fs';
import path from 'node:path';
import { readTextIfThere } from '../../src/files/read.ts';
import { writeFiles, writeWhole } from '../../src/files/write.ts';
import { renderAll } from './render-all.ts';

/**
 * Writes `files`, a map from paths relative to `root` to texts. Then renders the generated files and prints the paths
 * of `files`.
 * @throws AppError if rendering fails
 */
export async function addFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const before = new Map([...files.keys()].map((file) => [file, readTextIfThere(path.join(root, file))]));
  const restore = () => {
    for (const [file, text] of before)
      if (text === undefined) fs.rmSync(path.join(root, file), { force: true });
      else writeWhole(path.join(root, file), text, { mode: 0o666 });
  };
  // An interruption ends the process without an error.
  process.once('exit', restore);
  try {
    writeFiles(root, files);
    await renderAll(root);
  } catch (error) {
    restore();
    throw error;
  } finally {
    process.off('exit', restore);
  }
  for (const file of files.keys()) console.log(`written: ${file}`);
}
