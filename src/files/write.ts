/** Writes files atomically: writes a draft next to the file, then renames the draft to the file. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { type FileUse, fileError } from './errors.ts';

export interface WriteOptions extends FileUse {
  /**
   * The mode of a new file (default 0o600, for its owner only). A file that is replaced keeps its mode, unless this mode is
   * for the owner only.
   */
  readonly mode?: number;
  /** A folder on the same file system for the draft (default: the file's folder). */
  readonly beside?: string;
  /** Whether to write nothing and return false if the file exists. */
  readonly exclusive?: boolean;
}

/**
 * Writes a file atomically: after a kill or on a full disk, the file has the old content or the new content. A link stays a
 * link; a file that is not regular, such as /dev/stdout, is written to directly.
 * @throws FileError
 */
export function writeWhole(file: string, content: string | Uint8Array, options: WriteOptions = {}): boolean {
  const { mode = 0o600, exclusive = false } = options;
  try {
    const target = exclusive ? file : targetOf(file);
    if (target === undefined) fs.writeFileSync(file, content);
    else return replace(target, content, { beside: path.dirname(target), ...options, mode, exclusive });
    return true;
  } catch (error) {
    throw fileError(file, error, options);
  }
}

/**
 * Writes files (paths relative to `root`, with their contents), each as writeWhole does, and creates their folders. Removes a
 * file whose content is undefined.
 * @throws FileError
 */
export function writeFiles(root: string, files: ReadonlyMap<string, string | Uint8Array | undefined>): void {
  for (const [name, content] of files) {
    const file = path.join(root, name);
    try {
      if (content === undefined) fs.rmSync(file, { force: true });
      else fs.mkdirSync(path.dirname(file), { recursive: true });
    } catch (error) {
      throw fileError(file, error);
    }
    if (content !== undefined) writeWhole(file, content, { mode: 0o666 });
  }
}

/**
 * Writes a file as writeWhole does, but asynchronously, and readable only by its owner. Resolves when the content is on disk: after a
 * loss of power, the file has the old content or the new content.
 * @throws FileError
 */
export async function writeDurably(file: string, content: string, use: FileUse): Promise<void> {
  const target = targetOf(file) ?? file;
  const draft = draftIn(path.dirname(target));
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw fileError(file, error, use);
  }
}

/** A file that is written in pieces. */
export interface GrowingFile {
  write(text: string): void;
  /** Ends writing. If `whole`, the file has the new content; otherwise it keeps the old content. */
  end(whole: boolean): void;
}

/**
 * Opens a draft that only its owner can read; `end` renames it to `file`. A file that is not regular is written to directly.
 * @throws FileError
 */
export function growingFile(file: string): GrowingFile {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw fileError(file, error);
    }
  };
  const target = attempt(() => targetOf(file));
  const draft = target === undefined ? file : draftIn(path.dirname(target));
  const opened = attempt(() => fs.openSync(draft, 'w', 0o600));
  const remove = () => {
    if (target !== undefined) fs.rmSync(draft, { force: true });
  };
  // An interruption may end the process before `end` is called.
  process.once('exit', remove);
  return {
    // Unlike writeSync, this writes the whole text.
    write: (text) => attempt(() => fs.writeFileSync(opened, text)),
    end: (whole) =>
      attempt(() => {
        try {
          fs.closeSync(opened);
          if (whole && target !== undefined) fs.renameSync(draft, target);
        } finally {
          process.off('exit', remove);
          remove();
        }
      }),
  };
}

/** Returns whether this is the name of a draft. A killed process can leave drafts, which are safe to delete. */
export const isDraft = (name: string): boolean => /^\.[\da-f-]{36}\.new$/.test(name);

const draftIn = (folder: string): string => path.join(folder, `.${randomUUID()}.new`);

/**
 * Returns the file to replace, which is the target if `file` is a link; undefined for a file that can't be replaced, such
 * as a device.
 */
function targetOf(file: string): string | undefined {
  const there = fs.statSync(file, { throwIfNoEntry: false });
  if (!there) return file;
  return there.isFile() ? fs.realpathSync(file) : undefined;
}

const PERMISSIONS = 0o777;

/** Returns whether a mode gives no permission to other users. */
const isPrivate = (mode: number): boolean => (mode & 0o077) === 0;

function replace(
  file: string,
  content: string | Uint8Array,
  { beside, mode, exclusive }: Required<Omit<WriteOptions, keyof FileUse>>,
): boolean {
  const draft = draftIn(beside);
  try {
    const there = isPrivate(mode) ? undefined : fs.statSync(file, { throwIfNoEntry: false });
    fs.writeFileSync(draft, content, { mode: there ? there.mode & PERMISSIONS : mode });
    // Again, because the umask removes permissions of a new file.
    if (there) fs.chmodSync(draft, there.mode & PERMISSIONS);
    if (exclusive) fs.linkSync(draft, file);
    else fs.renameSync(draft, file);
    return true;
  } catch (error) {
    if (exclusive && (error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}
