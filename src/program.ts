/** How Node runs a program of the project, whatever the working directory is. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START = fileURLToPath(new URL('start.mjs', import.meta.url));

/** Returns Node's arguments that run the file: JavaScript as it is, TypeScript as one of the `PROGRAMS` in start.mjs. */
export function programArgs(file: URL): string[] {
  const program = fileURLToPath(file);
  return program.endsWith('.ts') ? [START, path.relative(ROOT, program)] : [program];
}
