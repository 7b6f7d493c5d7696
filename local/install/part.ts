/** One part of the install: a folder that is there whole or not at all. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir, rename, rm, statfs, symlink } from 'node:fs/promises';
import path from 'node:path';
import { diskFull, InstallError } from './errors.ts';

export interface Part {
  /** Named by what is pinned: `venv-1a2b3c4d5e6f`. */
  readonly name: string;
  /** For the progress line: "Spark". */
  readonly title: string;
  /** A file below the part's folder that must be there: a venv dangles when its Python was uninstalled. */
  readonly proof: string;
  /** How many bytes it takes while it is made, for the check of the disk. */
  readonly bytes: number;
  /** Creates the part in `folder`, which is not moved afterwards: the part may store its path. */
  make(folder: string, work: PartWork): Promise<void>;
}

export interface PartWork {
  /** Reports progress from 0 to 1. */
  readonly step: (done: number, what?: string) => void;
  /** Ends the programs that make the part. */
  readonly signal?: AbortSignal | undefined;
}

export const isWhole = (cache: string, part: Part): boolean =>
  existsSync(path.join(cache, part.name, part.proof));

/**
 * Makes a part. Each attempt has its own folder, to which the part's name is linked once it is complete: a venv
 * can't be moved, and a pip whose parent was killed keeps writing, but never into another attempt. The caller holds
 * the lock.
 */
export async function makePart(cache: string, part: Part, work: PartWork): Promise<void> {
  const disk = await statfs(cache);
  const free = disk.bavail * disk.bsize;
  if (free < part.bytes) throw diskFull(cache, part.bytes, free);
  await sweep(cache, part);
  const attempt = mkdtempSync(path.join(cache, `${part.name}.`));
  // mkdtemp lets only its owner in; a cache serves other users too.
  chmodSync(attempt, 0o755);
  // Also where this process is ended before the programs that fill the folder have.
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

/** Removes what interrupted attempts left; one whose program still writes is left to the next sweep. */
async function sweep(cache: string, part: Part): Promise<void> {
  const old = (await readdir(cache)).filter((name) => name.startsWith(`${part.name}.`));
  for (const name of old) await rm(path.join(cache, name), { recursive: true, force: true }).catch(() => {});
}

export function cacheNotWritable(cache: string, error: unknown): InstallError {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return diskFull(cache);
  return new InstallError(
    'CACHE_NOT_WRITABLE',
    `The cache folder ${cache} can't be written (${(error as NodeJS.ErrnoException).code}); make it writable or name another folder in PIPELINE_CACHE.`,
    error,
  );
}
