/** How Node runs a program of the project, whatever the working directory is. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const START = fileURLToPath(new URL('start.mjs', import.meta.url));

/** Returns Node's arguments that run the TypeScript file, one of the `PROGRAMS` in start.mjs. */
export const programArgs = (file: URL): string[] => [START, path.relative(ROOT, fileURLToPath(file))];
