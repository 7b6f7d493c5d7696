/** Formats TypeScript that was written from a sample or a question, because its layout depends on the width of the texts in it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../src/root.ts';

const BIOME = path.join(ROOT, 'node_modules/.bin/biome');

/** Returns the files with their TypeScript in the project's layout. Where Biome is not installed, returns them unchanged. */
export const formatted = (files: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  fs.existsSync(BIOME)
    ? new Map([...files].map(([file, text]) => [file, file.endsWith('.ts') ? inLayout(file, text) : text]))
    : files;

function inLayout(file: string, text: string): string {
  const words = ['format', `--stdin-file-path=${file}`];
  const { status, stdout } = spawnSync(BIOME, words, { cwd: ROOT, input: text, encoding: 'utf8' });
  return status === 0 && stdout !== '' ? stdout : text;
}
