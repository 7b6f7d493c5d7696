/** Runs before tsx, which keeps what it compiled in the folder for temporary files: without one it ends with a stack, or hangs. */
import { mkdtempSync, rmdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const folder = os.tmpdir();
try {
  rmdirSync(mkdtempSync(path.join(folder, 'start-')));
} catch (error) {
  console.error(
    `error: Temporary files need a folder that may be written, and ${folder} is none (${error.code}): make it, or set TMPDIR to another one.`,
  );
  process.exit(1);
}
