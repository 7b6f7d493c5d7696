/** Adds files to the project and renders the generated files; if that fails or is interrupted, leaves the project unchanged. */
import fs from 'node:fs';
import path from 'node:path';
import type { Changes } from '../../generator/generate.ts';
import { readBytes } from '../../src/files/read.ts';
import { writeFiles } from '../../src/files/write.ts';
import { renderedChanges } from './render-changes.ts';

/**
 * Writes `files`, a map from paths relative to `root` to texts. Then renders the generated files and prints the paths
 * of `files`.
 * @throws AppError if rendering fails
 */
export async function addFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const before = new Map<string, Uint8Array | undefined>();
  const write = (changes: Changes) => {
    for (const name of changes.keys()) {
      const file = path.join(root, name);
      if (!before.has(name)) before.set(name, fs.existsSync(file) ? readBytes(file) : undefined);
    }
    writeFiles(root, changes);
  };
  const restore = () => writeFiles(root, before);
  // An interruption ends the process without an error.
  process.once('exit', restore);
  try {
    write(files);
    write(await renderedChanges(root));
  } catch (error) {
    restore();
    throw error;
  } finally {
    process.off('exit', restore);
  }
  for (const file of files.keys()) console.log(`written: ${file}`);
}
