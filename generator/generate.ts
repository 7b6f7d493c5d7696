/** Facts in, files out; and the check that the files on disk are the ones the facts give. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { datasets } from '../src/datasets/index.ts';
import { queries } from '../src/queries/index.ts';
import { dag } from './dag.ts';
import { dashboard } from './dashboard.ts';
import { jobs } from './jobs.ts';
import { notebooks } from './notebooks.ts';

/** Folders that hold nothing but generated files: what the facts no longer give is removed there. */
const OWNED = ['notebooks', 'jobs', 'airflow/dags'];

/** Every generated file, path from the repository's root to text. `root` holds databricks.yml, where the schedule stands. */
export async function generated(root: string): Promise<Map<string, string>> {
  const bundle = parse(await readFile(path.join(root, 'databricks.yml'), 'utf8'));
  return new Map([
    ...notebooks(datasets, queries),
    ...jobs(datasets, queries),
    ...dashboard(datasets, queries),
    ...dag(bundle.variables.schedule.default),
  ]);
}

/** Paths of files that are missing, different or no longer given by the facts. */
export async function staleFiles(root: string): Promise<string[]> {
  const wanted = await generated(root);
  const present = await ownedFiles(root);
  const texts = await Promise.all(present.map((file) => readFile(path.join(root, file), 'utf8')));
  const onDisk = new Map(present.map((file, index) => [file, texts[index]]));
  const stale = [...wanted].filter(([file, text]) => onDisk.get(file) !== text).map(([file]) => file);
  return [...stale, ...present.filter((file) => !wanted.has(file))].sort();
}

/** Brings the files up to date; returns the paths that were written or removed. */
export async function generate(root: string): Promise<string[]> {
  const wanted = await generated(root);
  const stale = await staleFiles(root);
  for (const file of stale) {
    const target = path.join(root, file);
    const text = wanted.get(file);
    if (text === undefined) {
      await rm(target);
    } else {
      await mkdir(path.dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  }
  return stale;
}

async function ownedFiles(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const folder of OWNED) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries) {
      if (entry.isFile()) found.push(path.relative(root, path.join(entry.parentPath, entry.name)));
    }
  }
  return found;
}
