/** Checks, before a command's work begins, that the command can write its output files and folders at the end. */
import { constants, type Stats } from 'node:fs';
import { access, chmod, mkdir, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from './errors.ts';
import { writeWhole } from './files/write.ts';

/**
 * Returns the absolute path of a file to be written. `name` is the flag or variable that names the file.
 * @throws UsageError if its folder does not exist or is not a folder, or if the file is a folder or not writable
 */
export async function outputFile(name: string, file: string): Promise<string> {
  const whole = named(name, file);
  const there = await found(name, whole);
  if (there?.isDirectory())
    throw new UsageError(`${name} must be a file, but ${whole} is a folder: name a file in it.`);
  // A pipe or a device is not inspected: opening it would disturb its reader.
  if (there && !there.isFile()) return whole;
  const target = there ? await realpath(whole) : whole;
  const folder = path.dirname(target);
  const around = await found(name, folder);
  if (!around)
    throw new UsageError(`${name} is a file in the folder ${folder}, which does not exist: create it first.`);
  if (!around.isDirectory())
    throw new UsageError(`${name} is a file in ${folder}, which is not a folder: name another file.`);
  // Checks the file too, because a rename would replace even a read-only file.
  for (const written of there ? [target, folder] : [folder]) await mustBeWritable(name, written);
  return whole;
}

/**
 * Creates a folder and returns its absolute path. `mode` is for folders that do not exist yet.
 * @throws UsageError if it can't be created or written
 */
export async function outputFolder(name: string, folder: string, mode?: number): Promise<string> {
  const whole = named(name, folder);
  try {
    await mkdir(whole, { recursive: true, mode });
  } catch (error) {
    throw new UsageError(
      `${name} must be a folder, but ${whole} can't be created (${codeOf(error)}): name a writable folder.`,
    );
  }
  await mustBeWritable(name, whole);
  return whole;
}

/**
 * Creates a folder for state as outputFolder does. If it is new or empty, only its owner can read it from then on, because
 * the state contains records, and Git and the linter ignore it, because it may lie in a project.
 * @throws UsageError if it can't be created or written
 */
export async function stateFolder(name: string, folder: string): Promise<string> {
  const whole = await outputFolder(name, folder, 0o700);
  if ((await readdir(whole)).length === 0) {
    await chmod(whole, 0o700);
    writeWhole(path.join(whole, '.gitignore'), '*\n', { mode: 0o666 });
  }
  return whole;
}

function named(name: string, given: string): string {
  if (given === '') throw new UsageError(`${name} is empty: give it a path, or omit it.`);
  return path.resolve(given);
}

async function found(name: string, file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    const code = codeOf(error);
    // ENOTDIR: the check of the folder reports it in more detail.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${name} can't be ${file} (${code}): name another path.`);
  }
}

async function mustBeWritable(name: string, file: string): Promise<void> {
  await access(file, constants.W_OK).catch((error: unknown) => {
    throw new UsageError(
      `${name} needs ${file}, which is not writable (${codeOf(error)}): change its permissions, or name another path.`,
    );
  });
}

/** Returns `text` as one word for a POSIX shell, quoted only if necessary. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
