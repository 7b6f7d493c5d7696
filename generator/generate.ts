/** Renders files from the facts, and checks that the files on disk are up to date. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { at } from '../src/databricks/bundle/tree.ts';
import { AppError } from '../src/errors.ts';
import { FileError } from '../src/files/errors.ts';
import { readTextIfThere, readYaml } from '../src/files/read.ts';
import { writeFiles } from '../src/files/write.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { POST_DATASETS } from '../src/project/project.ts';
import { queries } from '../src/project/queries/index.ts';
import { ROOT } from '../src/root.ts';
import { checkQueries } from './check-queries.ts';
import { dag } from './dag.ts';
import { dashboard } from './dashboard.ts';
import { DATASETS_INDEX, datasetFile } from './facts.ts';
import { jobs } from './jobs.ts';
import { notebooks } from './notebooks.ts';

/** Folders with generated files. They may also contain the team's own files. */
const FOLDERS = ['notebooks', 'jobs', 'airflow/dags'];

/** The sentence that every rendered file contains, except the dashboard's JSON. Files without it are never removed. */
const RENDERED = /by ["`]npm run generate["`]/;

/**
 * Returns the texts of all generated files by path, relative to the repository's root. `root` contains databricks.yml
 * with the schedule.
 * @throws AppError if a fact is not valid
 */
export async function generated(root: string): Promise<Map<string, string>> {
  for (const { name } of datasets) requireFile(name);
  checkQueries(datasets, queries, POST_DATASETS);
  const file = path.join(root, 'databricks.yml');
  const schedule = scheduleOf(readYaml(file), file);
  return new Map([
    ...notebooks(datasets, queries),
    ...jobs(datasets, queries),
    ...dashboard(datasets, queries),
    ...dag(schedule),
  ]);
}

/**
 * Requires that a dataset's file has its name. Otherwise, its notebooks would name a missing file, and its test rows would be
 * ignored.
 * @throws AppError if the file is missing
 */
function requireFile(name: string): void {
  const file = datasetFile(name);
  if (!existsSync(path.join(ROOT, file)))
    throw new AppError(
      'DATASET',
      `${file} isn't there, but ${DATASETS_INDEX} has a dataset called ${name}: rename the dataset's file, its line in the index and its test rows.`,
    );
}

/** Further files, which the caller has rendered: their texts by path. They are checked and written like all other files. */
export type Pages = ReadonlyMap<string, string>;

/** What `generate` writes: the texts of files by path, and undefined for a file that it removes. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** Returns the changes of files that are missing, different or no longer rendered, sorted by path. */
export async function changesIn(root: string, pages: Pages = new Map()): Promise<Changes> {
  const wanted = new Map([...(await generated(root)), ...pages]);
  const onDisk = (file: string) => textOnDisk(path.join(root, file));
  const stale = [...wanted].filter(([file, text]) => onDisk(file) !== text).map(([file]) => file);
  const others = (await filesIn(root, FOLDERS)).filter((file) => !wanted.has(file));
  const former = others.filter((file) => RENDERED.test(onDisk(file) ?? ''));
  return new Map([...stale, ...former].sort().map((file) => [file, wanted.get(file)]));
}

/** Updates the files, and returns the paths that were written or removed. */
export async function generate(root: string, pages: Pages = new Map()): Promise<string[]> {
  const changes = await changesIn(root, pages);
  writeFiles(root, changes);
  return [...changes.keys()];
}

/**
 * Returns a file's text, or undefined if the file is missing or is not text. With undefined, the file counts as stale and is
 * written again.
 */
function textOnDisk(file: string): string | undefined {
  try {
    return readTextIfThere(file);
  } catch (error) {
    if (error instanceof FileError && error.reason === undefined) return undefined;
    throw error;
  }
}

/** @throws FileError if databricks.yml has no default schedule */
function scheduleOf(bundle: unknown, file: string): string {
  const schedule = at(bundle, 'variables.schedule.default');
  if (typeof schedule === 'string') return schedule;
  const problem = 'has no variables.schedule.default';
  throw new FileError(file, {}, { problem, fix: 'add the schedule' });
}

async function filesIn(root: string, folders: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries) {
      if (entry.isFile()) found.push(path.relative(root, path.join(entry.parentPath, entry.name)));
    }
  }
  return found;
}
