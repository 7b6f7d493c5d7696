/** All datasets: every file of this folder whose default export is one. A fourth dataset is its file. */
import { readdirSync } from 'node:fs';
import type { Dataset } from './dataset.ts';

const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts'))
  .sort();
const modules = await Promise.all(
  files
    .filter((file) => file !== 'index.ts')
    .map(
      (file) => import(/* @vite-ignore */ `${import.meta.dirname}/${file}`) as Promise<{ default?: Dataset }>,
    ),
);

/** In the order of their names. */
export const datasets: readonly Dataset[] = modules.flatMap((module) => module.default ?? []);
