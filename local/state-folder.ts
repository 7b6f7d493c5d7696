/** The folder in which the cloud on this machine keeps its state, Spark's tables among it. */
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../src/errors.ts';
import { outputFolder } from '../src/outputs.ts';

/**
 * Makes the folder and returns its absolute path. `name` is the flag or the variable that names it.
 * @throws UsageError where it can't be made or written
 * @throws AppError where its path has a colon
 */
export async function stateFolder(name: string, folder: string): Promise<string> {
  refuseColon(path.resolve(folder));
  return outputFolder(name, folder);
}

/** @throws AppError where the path has a colon, or leads by a link to one that has: a folder that is there */
export const refuseColonBehindLinks = (folder: string): void => refuseColon(realpathSync(folder));

/** Derby, which holds Spark's metastore, takes what stands before a colon for a protocol: it makes the database, and can't open it again. */
function refuseColon(folder: string): void {
  if (!folder.includes(':')) return;
  throw new AppError(
    'STATE_UNUSABLE',
    `The state folder ${folder} has a colon in its path, with which Spark's metastore can't be opened again: name another folder.`,
  );
}
