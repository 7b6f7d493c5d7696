/**
 * Plans the upload of the notebooks and files that have changed since the last upload, on this machine or in the
 * workspace.
 */
import path from 'node:path';
import pLimit from 'p-limit';
import { readBytes } from '../../files/read.ts';
import type { Workspace } from '../client.ts';
import { isNotebook } from '../notebook.ts';
import { sha256 } from './difference.ts';
import { type Entry, listBelow, makeFolder, remove, write } from './folder.ts';
import type { Change, Planning, Step } from './step.ts';

/** The number of parallel uploads; low, because Databricks limits the rate of writes to a workspace. */
const UPLOADS_AT_ONCE = 4;

interface Local {
  readonly file: string;
  readonly content: Buffer;
  readonly hash: string;
}

/** Returns the upload step, and the step `tidy`, which deletes files that are no longer in the bundle and runs after the jobs' steps. */
export async function planFiles({
  workspace,
  bundle,
  deployed,
}: Planning): Promise<{ upload: Step[]; tidy: Step[] }> {
  const root = bundle.workspace.file_path;
  const there = await entriesOf(workspace, root);
  const local = bundle.files.map((file) => readLocal(bundle.root, file));
  const changed = local.flatMap((one) => {
    const change = changeOf(one, there, deployed.files[one.file]);
    return change ? [{ ...one, change }] : [];
  });
  const gone = Object.keys(deployed.files).filter((file) => !bundle.files.includes(file));

  const upload: Step = {
    changes: changed.map(({ change }) => change),
    intend(record) {
      for (const { file } of changed) record.files[file] = {};
    },
    async apply(record) {
      for (const folder of new Set(changed.map(({ file }) => path.posix.dirname(file))))
        await makeFolder(workspace, path.posix.join(root, folder));
      const limit = pLimit(UPLOADS_AT_ONCE);
      await limit.map(changed, ({ file, content }) => write(workspace, `${root}/${file}`, content));
      const now = await entriesOf(workspace, root);
      for (const { file, hash } of changed) {
        const modified_at = now.get(inWorkspace(file, now))?.modified_at;
        record.files[file] = { sha256: hash, ...(modified_at !== undefined && { modified_at }) };
      }
    },
  };
  const tidy: Step = {
    changes: gone.map((file) => {
      const kind = inWorkspace(file, there) === file ? 'file' : 'notebook';
      return { action: 'delete', kind, name: file, details: [] };
    }),
    async apply(record) {
      // A notebook in another language has the same name in the workspace: the upload has replaced it.
      const kept = new Set(bundle.files.map((file) => inWorkspace(file, there)));
      for (const file of gone) {
        const name = inWorkspace(file, there);
        if (!kept.has(name)) await remove(workspace, `${root}/${name}`);
        delete record.files[file];
      }
    },
  };
  return {
    upload: changed.length > 0 ? [upload] : [],
    tidy: gone.length > 0 ? [tidy] : [],
  };
}

/** Returns the entries below `root`, by their paths relative to it. */
async function entriesOf(workspace: Workspace, root: string): Promise<Map<string, Entry>> {
  return new Map(
    (await listBelow(workspace, root)).map((entry) => [
      withoutWorkspace(entry.path).slice(withoutWorkspace(root).length + 1),
      entry,
    ]),
  );
}

/** Removes the prefix `/Workspace`, because `/Users/…` and `/Workspace/Users/…` are the same path. */
const withoutWorkspace = (name: string): string => name.replace(/^\/Workspace(?=\/)/, '');

function readLocal(root: string, file: string): Local {
  const content = readBytes(path.join(root, file));
  return { file, content, hash: sha256(content) };
}

function changeOf(
  { file, content, hash }: Local,
  there: ReadonlyMap<string, Entry>,
  known: { sha256?: string | undefined; modified_at?: number | undefined } | undefined,
): Change | undefined {
  const entry = there.get(inWorkspace(file, there));
  const kind = isNotebook(file, content) ? 'notebook' : 'file';
  const named = { kind, name: file } as const;
  if (!entry) return { ...named, action: 'create', details: [] };
  if (known?.sha256 !== hash) return { ...named, action: 'update', details: [] };
  if (known.modified_at === entry.modified_at) return undefined;
  return { ...named, action: 'update', details: ['changed in the workspace since it was deployed'] };
}

/** Returns a file's name in the workspace, where a notebook has no extension. */
function inWorkspace(file: string, there: ReadonlyMap<string, Entry>): string {
  const name = file.replace(/\.(py|sql)$/, '');
  return there.get(name)?.type === 'NOTEBOOK' ? name : file;
}
