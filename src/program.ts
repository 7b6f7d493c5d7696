/** Builds the arguments with which Node runs a program of the project in any working directory. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './root.ts';

const START = fileURLToPath(new URL('start.mjs', import.meta.url));

/**
 * Returns the arguments with which Node runs a file. JavaScript runs directly; TypeScript runs through start.mjs, whose
 * `PROGRAMS` must list the file.
 */
export function programArgs(file: URL): string[] {
  const program = fileURLToPath(file);
  return program.endsWith('.ts') ? [START, path.relative(ROOT, program)] : [program];
}
