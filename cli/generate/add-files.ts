/** Adds files to the project and renders all; where that fails, the project is as it was. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '../../src/errors.ts';
import { readTextIfThere } from '../../src/files/read.ts';
import { writeWhole } from '../../src/files/write.ts';

/** Writes the files, path from `root` to text, renders all and prints what changed. @throws AppError where nothing could be rendered */
export async function addFiles(root: string, files: ReadonlyMap<string, string>): Promise<void> {
  const before = new Map([...files.keys()].map((file) => [file, readTextIfThere(path.join(root, file))]));
  try {
    for (const [file, text] of files) {
      const target = path.join(root, file);
      fs.mkdirSync(path.dirname(target), { recursive: true });
      writeWhole(target, text, { mode: 0o666 });
    }
    // In a process of its own: this one has read the facts as they were.
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'cli/main.ts', 'generate'], {
      cwd: root,
    });
  } catch (error) {
    for (const [file, text] of before)
      if (text === undefined) fs.rmSync(path.join(root, file), { force: true });
      else writeWhole(path.join(root, file), text, { mode: 0o666 });
    const { stderr = '' } = error as { stderr?: string };
    const why = /^error: (.*)$/m.exec(stderr)?.[1];
    if (why === undefined) throw error;
    throw new AppError('RENDER', `Nothing was written, as it could not be rendered: ${why}`);
  }
  for (const file of files.keys()) console.log(`written: ${file}`);
}
