/** The files of volumes: `/Volumes/<catalog>/<schema>/<volume>/…`, in the folder that is `/Volumes` in notebooks. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { fileError } from '../../../src/files/errors.ts';
import { ApiError, exists, invalid, missing } from '../api-error.ts';
import type { Catalog } from './catalog.ts';

const ROOT = '/Volumes/';

export interface DirectoryEntry {
  readonly path: string;
  readonly name: string;
  readonly is_directory: boolean;
  readonly file_size?: number;
  readonly last_modified: number;
}

export class VolumeFiles {
  readonly #beside: string;
  readonly #catalog: Catalog;

  /** `beside` contains files until they are complete. It must be on the same file system as `folder`. */
  constructor(folder: string, beside: string, catalog: Catalog) {
    this.#beside = beside;
    this.#catalog = catalog;
    fs.rmSync(beside, { recursive: true, force: true });
    for (const made of [folder, beside]) fs.mkdirSync(made, { recursive: true });
  }

  /** Writes a file atomically. @throws ApiError if the volume is missing, or the file exists without `overwrite` */
  async write(name: string, content: ReadableStream | null, overwrite: boolean): Promise<void> {
    const file = this.#local(name);
    const written = path.join(this.#beside, randomUUID());
    try {
      await pipeline(content ? Readable.fromWeb(content) : Readable.from([]), fs.createWriteStream(written));
      if (isFolder(file)) throw exists(`The path ${name} is a directory.`);
      makeFolder(path.dirname(file), name);
      if (overwrite) fs.renameSync(written, file);
      else linkNew(written, file, name);
    } catch (error) {
      throw fileError(name, error);
    } finally {
      fs.rmSync(written, { force: true });
    }
  }

  /** @throws ApiError 404 */
  file(name: string): { readonly file: string; readonly stats: fs.Stats } {
    const file = this.#local(name);
    const stats = fs.statSync(file, { throwIfNoEntry: false });
    if (!stats?.isFile()) throw missing(`The file ${name} does not exist.`);
    return { file, stats };
  }

  deleteFile(name: string): void {
    fs.rmSync(this.file(name).file);
  }

  makeDirectory(name: string): void {
    makeFolder(this.#local(name), name);
  }

  /** @throws ApiError 404 */
  directory(name: string): DirectoryEntry[] {
    const folder = this.#local(name);
    if (!isFolder(folder)) throw missing(`The directory ${name} does not exist.`);
    return fs
      .readdirSync(folder)
      .sort()
      .flatMap((entry) => {
        const stats = fs.statSync(path.join(folder, entry), { throwIfNoEntry: false });
        if (!stats) return [];
        const shown = `${name.replace(/\/+$/, '')}/${entry}`;
        return {
          path: shown,
          name: entry,
          is_directory: stats.isDirectory(),
          ...(stats.isFile() && { file_size: stats.size }),
          last_modified: Math.round(stats.mtimeMs),
        };
      });
  }

  /** @throws ApiError if the directory is not empty */
  deleteDirectory(name: string): void {
    if (this.directory(name).length > 0)
      throw new ApiError(400, 'DIRECTORY_IS_NOT_EMPTY', `The directory ${name} is not empty.`);
    if (name.split('/').filter(Boolean).length <= 4)
      throw invalid(`${name} is a volume, not a directory in one.`);
    fs.rmdirSync(this.#local(name));
  }

  #local(name: string): string {
    const parts = name.slice(ROOT.length).split('/').filter(Boolean);
    const leaves = parts.some((part) => part === '.' || part === '..');
    if (!name.startsWith(ROOT) || leaves || parts.length < 3 || name.includes('\0'))
      throw invalid(`Expected /Volumes/<catalog>/<schema>/<volume>/…, not ${name}.`);
    return path.join(this.#catalog.folderOf(parts.slice(0, 3).join('.')), ...parts.slice(3));
  }
}

export const isFolder = (file: string): boolean =>
  fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

function makeFolder(folder: string, name: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    if (!['EEXIST', 'ENOTDIR'].includes(String((error as NodeJS.ErrnoException).code)))
      throw fileError(name, error);
    throw exists(`The directory of ${name} can't be created: a file with its name exists.`);
  }
}

function linkNew(written: string, file: string, name: string): void {
  try {
    fs.linkSync(written, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new ApiError(409, 'ALREADY_EXISTS', `The file ${name} already exists: pass overwrite=true.`);
  }
}
