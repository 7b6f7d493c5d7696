/** How Node runs a TypeScript file of the project, whatever the working directory is. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Flags for Node. `--import` reads a path as a URL: in a checkout below `a%20b` or `c#` it would look elsewhere. */
export const TSX = ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] as const;
