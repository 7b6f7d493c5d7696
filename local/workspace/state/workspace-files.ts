/**
 * Workspace files: a folder that contains the workspace's tree. A notebook's name in the workspace has no extension,
 * but its file has the extension of its language, so that %run and dbutils.notebook.run find it.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { writeWhole } from '../../../src/files/write.ts';
import { ApiError, exists, invalid, missing } from '../api-error.ts';
import { EXTENSION, LANGUAGES, type Language, languageOf, languageOfFile, withHeader } from './notebook.ts';
import { isFolder } from './volume-files.ts';

const ROOT = '/Workspace';

export interface ObjectInfo {
  readonly path: string;
  readonly object_type: 'DIRECTORY' | 'NOTEBOOK' | 'FILE';
  readonly object_id: number;
  readonly resource_id: string;
  readonly created_at: number;
  readonly modified_at: number;
  readonly language?: Language;
  readonly size?: number;
}

/** An object: its path on disk and its type. */
interface Found {
  readonly file: string;
  readonly stats: fs.Stats;
  readonly language?: Language;
}

export interface Import {
  readonly path: string;
  readonly content: Uint8Array;
  /** AUTO detects a notebook by its first line; SOURCE is a notebook in `language`; RAW is a file. */
  readonly format: 'AUTO' | 'SOURCE' | 'RAW';
  readonly language?: Language | undefined;
  readonly overwrite: boolean;
}

export class WorkspaceFiles {
  readonly #root: string;
  readonly #beside: string;

  /**
   * `root` contains the tree. `beside` contains files until they are complete; both must be on the same file system.
   */
  constructor(root: string, beside: string, home: string) {
    this.#root = root;
    this.#beside = beside;
    fs.rmSync(beside, { recursive: true, force: true });
    fs.mkdirSync(beside, { recursive: true });
    for (const folder of ['/Shared', home]) fs.mkdirSync(this.#local(folder), { recursive: true });
  }

  /** @throws ApiError 404 */
  status(name: string): ObjectInfo {
    return info(name, this.#found(name));
  }

  /** Returns the objects in a folder, or the object itself if it is not a folder. @throws ApiError 404 */
  list(name: string): ObjectInfo[] {
    const { file, stats } = this.#found(name);
    if (!stats.isDirectory()) return [this.status(name)];
    return fs
      .readdirSync(file)
      .sort()
      .flatMap((entry) => {
        const found = describe(path.join(file, entry));
        if (!found) return [];
        const shown = found.language ? entry.slice(0, -EXTENSION[found.language].length) : entry;
        return info(`${name.replace(/\/$/, '')}/${shown}`, found);
      });
  }

  /** @throws ApiError if a file has the name of one of the folders */
  mkdirs(name: string): void {
    try {
      fs.mkdirSync(this.#local(name), { recursive: true });
    } catch {
      throw exists(`The folder (${name}) can't be created: a file with its name or a parent's name exists.`);
    }
  }

  /** @throws ApiError if the folder is missing, or the object exists and `overwrite` is false */
  import({ path: asked, content, format, language, overwrite }: Import): void {
    const as = format === 'RAW' ? undefined : format === 'SOURCE' ? language : languageOf(asked, content);
    if (format === 'SOURCE' && !as) throw invalid('Expected the language PYTHON or SQL for a notebook.');
    const name = as && format === 'AUTO' ? asked.slice(0, -EXTENSION[as].length) : asked;
    const file = this.#local(name) + (as ? EXTENSION[as] : '');
    if (!isFolder(path.dirname(file)))
      throw missing(`The parent folder (${path.posix.dirname(name)}) does not exist.`);
    if (isFolder(this.#local(name))) throw exists(`The path (${name}) is a folder.`);
    const other = this.#find(name);
    if (other && !overwrite) throw exists(`Path (${name}) already exists.`);
    const whole = as && format === 'SOURCE' ? withHeader(content, as) : content;
    if (!writeWhole(file, whole, { beside: this.#beside, exclusive: !overwrite }))
      throw exists(`Path (${name}) already exists.`);
    // The new notebook replaces the notebook of the same name in the other language.
    if (other && other.file !== file) fs.rmSync(other.file, { force: true });
  }

  /** Returns the bytes of a notebook or a file. @throws ApiError 404 */
  export(name: string): { content: Buffer; info: ObjectInfo } {
    const found = this.#found(name);
    if (found.stats.isDirectory())
      throw invalid(`The path (${name}) is a folder: export a notebook or a file.`);
    return { content: fs.readFileSync(found.file), info: info(name, found) };
  }

  /** @throws ApiError 404, or if the folder is not empty and `recursive` is false */
  delete(name: string, recursive: boolean): void {
    const { file, stats } = this.#found(name);
    if (file === this.#root) throw invalid("The workspace's root folder can't be deleted.");
    if (stats.isDirectory() && !recursive && fs.readdirSync(file).length > 0)
      throw new ApiError(400, 'DIRECTORY_NOT_EMPTY', `Folder (${name}) is not empty: pass recursive.`);
    // The object is moved out of the tree before it is deleted, so that it disappears from the tree atomically.
    const gone = fs.mkdtempSync(path.join(this.#beside, 'deleted-'));
    fs.renameSync(file, path.join(gone, 'deleted'));
    fs.rmSync(gone, { recursive: true });
  }

  /** Returns the path of the notebook's file on this machine, for Spark. @throws ApiError 404 */
  notebookFile(name: string): string {
    const found = this.#find(name);
    if (!found?.language) throw missing(`There is no notebook ${name} in the workspace.`);
    return found.file;
  }

  /** Returns the workspace path of a file on this machine; a file outside of the tree keeps its path. */
  nameOf(file: string): string {
    const relative = path.relative(this.#root, file);
    if (relative.startsWith('..')) return file;
    return `${ROOT}/${relative.replace(/\.(py|sql)$/, '')}`;
  }

  #found(name: string): Found {
    const found = this.#find(name);
    if (!found) throw missing(`Path (${name}) doesn't exist.`);
    return found;
  }

  /** Finds a notebook only by its name without the extension, and other objects by their full name. */
  #find(name: string): Found | undefined {
    const file = this.#local(name);
    const there = describe(file);
    if (there && !there.language) return there;
    const files = LANGUAGES.map((language) => file + EXTENSION[language]);
    return files.map(describe).find((one) => one?.language);
  }

  #local(name: string): string {
    const parts = name.split('/');
    if (!name.startsWith('/') || parts.includes('..') || name.includes('\0'))
      throw invalid(`The path (${name}) must be absolute and without "..".`);
    const within = name === ROOT || name.startsWith(`${ROOT}/`) ? name.slice(ROOT.length) : name;
    return path.join(this.#root, within).replace(/\/$/, '');
  }
}

/** Returns the object at this path on disk; undefined if it does not exist, or was deleted meanwhile. */
function describe(file: string): Found | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (!stats) return undefined;
  const language = stats.isFile() ? languageOfFile(file) : undefined;
  return { file, stats, ...(language && { language }) };
}

function info(name: string, { stats, language }: Found): ObjectInfo {
  const object_id = objectId(name);
  return {
    path: name.length > 1 ? name.replace(/\/$/, '') : name,
    object_type: stats.isDirectory() ? 'DIRECTORY' : language ? 'NOTEBOOK' : 'FILE',
    object_id,
    resource_id: String(object_id),
    created_at: Math.round(stats.birthtimeMs),
    modified_at: Math.round(stats.mtimeMs),
    ...(language && { language }),
    ...(stats.isFile() && !language && { size: stats.size }),
  };
}

/** Returns the id of an object, a number below 2^53. The same path always has the same id. */
function objectId(name: string): number {
  const within = name.replace(/^\/Workspace(?=\/)/, '').replace(/\/$/, '');
  return createHash('sha256').update(within).digest().readUIntBE(0, 6);
}
