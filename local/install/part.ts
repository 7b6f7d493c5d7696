/** One part of the install: a folder that exists either complete or not at all. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, rename, rm, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { diskFull, InstallError } from './errors.ts';

export interface Part {
  /** Contains a hash of the pinned versions: `venv-1a2b3c4d5e6f`. */
  readonly name: string;
  /** For the progress line: "Spark". */
  readonly title: string;
  /**
   * A path that exists in every usable part. In a venv, it is the link to Python. If that Python was uninstalled, the
   * link leads nowhere, and the part is made again.
   */
  readonly proof: string;
  /** Disk space in bytes that is needed to make the part. It is checked before the part is made. */
  readonly bytes: number;
  /** Creates the part in `folder`. The folder is not moved afterwards, because the part may store the folder's path. */
  make(folder: string, work: PartWork): Promise<void>;
}

export interface PartWork {
  /** Reports progress from 0 to 1. */
  readonly step: (done: number, what?: string) => void;
  /** When it aborts, the programs that make the part are killed. */
  readonly signal?: AbortSignal | undefined;
}

export const isWhole = (cache: string, part: Part): boolean =>
  existsSync(path.join(cache, part.name, part.proof));

/**
 * Makes a part. Each attempt has its own folder. When the attempt is complete, the part's name becomes a link to the
 * folder, because a venv can't be moved. A pip whose parent was killed may go on writing, but never into another
 * attempt's folder. The caller must hold the lock.
 */
export async function makePart(cache: string, part: Part, work: PartWork): Promise<void> {
  const disk = await statfs(cache);
  const free = disk.bavail * disk.bsize;
  if (free < part.bytes) throw diskFull(cache, part.bytes, free);
  await sweep(cache, part);
  const attempt = mkdtempSync(path.join(cache, `${part.name}.`));
  // mkdtemp creates a folder that only its owner may open; other users may share the cache.
  chmodSync(attempt, 0o755);
  // The folder is also removed on exit, because this process may exit while a program still fills the folder.
  const remove = () => rmSync(attempt, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  process.once('exit', remove);
  try {
    await part.make(attempt, work);
    const link = `${attempt}.link`;
    await symlink(path.basename(attempt), link);
    await rename(link, path.join(cache, part.name));
  } catch (error) {
    await rm(attempt, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(cache);
    throw error;
  } finally {
    process.off('exit', remove);
  }
}

/** Removes the folders of interrupted attempts. A folder to which a program still writes is left to the next sweep. */
async function sweep(cache: string, part: Part): Promise<void> {
  const old = (await readdir(cache)).filter((name) => name.startsWith(`${part.name}.`));
  for (const name of old) await rm(path.join(cache, name), { recursive: true, force: true }).catch(() => {});
}

export function cacheNotWritable(cache: string, error: unknown): InstallError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return diskFull(cache);
  return new InstallError(
    'CACHE_NOT_WRITABLE',
    `The cache folder ${cache} can't be written (${(error as NodeJS.ErrnoException).code}); make it writable or set PIPELINE_CACHE to another folder.`,
    error,
  );
}
