/** Reads and writes files and folders of a workspace. */
import { collect, ifMissing, isTaken, type Workspace } from '../client.ts';

export interface Entry {
  readonly path: string;
  readonly type: 'DIRECTORY' | 'NOTEBOOK' | 'FILE' | string;
  readonly modified_at: number;
}

/** Returns all files below a folder; none if the folder does not exist. */
export async function listBelow(workspace: Workspace, folder: string): Promise<Entry[]> {
  const entries = await list(workspace, folder);
  const within = entries
    .filter(({ type }) => type === 'DIRECTORY')
    .map(({ path }) => listBelow(workspace, path));
  return [...entries.filter(({ type }) => type !== 'DIRECTORY'), ...(await Promise.all(within)).flat()];
}

/** Returns a folder's entries; none if the folder does not exist. */
export const list = async (workspace: Workspace, folder: string): Promise<Entry[]> =>
  (await listIfThere(workspace, folder)) ?? [];

/** Returns a folder's entries; undefined if the folder does not exist. */
export async function listIfThere(workspace: Workspace, folder: string): Promise<Entry[] | undefined> {
  const objects = await workspace
    .call((client) => collect(client.workspace.list({ path: folder })))
    .catch(ifMissing);
  return objects?.map(({ path = '', object_type = '', modified_at = 0 }) => ({
    path,
    type: object_type,
    modified_at,
  }));
}

/** Returns a file's text; undefined if the file does not exist. */
export async function read(workspace: Workspace, path: string): Promise<string | undefined> {
  const file = await workspace
    .call((client) => client.workspace.export({ path, format: 'AUTO' }))
    .catch(ifMissing);
  return file && Buffer.from(file.content ?? '', 'base64').toString();
}

/** Returns an import request. `AUTO` creates a notebook if the content begins with a notebook's header. */
const fileAt = (path: string, content: string | Buffer, overwrite: boolean) =>
  ({ path, format: 'AUTO', content: Buffer.from(content).toString('base64'), overwrite }) as const;

/** Writes a file or a notebook; the folder must exist. In the workspace, a notebook has no extension. */
export async function write(workspace: Workspace, path: string, content: string | Buffer): Promise<void> {
  const file = fileAt(path, content, true);
  await workspace.call((client) => client.workspace.import(file));
}

/**
 * Creates a file. Returns false if the file exists. The caller may have created it in an earlier attempt whose response
 * was lost; only the content shows this.
 */
export async function writeNew(workspace: Workspace, path: string, content: string): Promise<boolean> {
  const file = fileAt(path, content, false);
  try {
    await workspace.call((client) => client.workspace.import(file));
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

/** Creates a folder and its parent folders; does nothing if the folder exists. */
export async function makeFolder(workspace: Workspace, path: string): Promise<void> {
  await workspace.call((client) => client.workspace.mkdirs({ path }));
}

/** Deletes a file, or a folder with its content; does nothing if it does not exist. */
export async function remove(workspace: Workspace, path: string): Promise<void> {
  await workspace.call((client) => client.workspace.delete({ path, recursive: true })).catch(ifMissing);
}
