/** Formats TypeScript that was written from a sample or a question, because its layout depends on the width of the texts in it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Returns the files with their TypeScript in the formatter's layout. Without the project's formatter, returns them unchanged. */
export function formatted(root: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const biome = path.join(root, 'node_modules', '.bin', 'biome');
  const inLayout = (file: string, text: string): string => {
    if (!file.endsWith('.ts') || !fs.existsSync(biome)) return text;
    const { status, stdout } = spawnSync(biome, ['format', `--stdin-file-path=${file}`], {
      cwd: root,
      input: text,
      encoding: 'utf8',
    });
    return status === 0 && stdout !== '' ? stdout : text;
  };
  return new Map([...files].map(([file, text]) => [file, inLayout(file, text)]));
}
