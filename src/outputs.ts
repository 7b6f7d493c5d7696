/** Files and folders that a command writes at its end: whether they can be written is found out before its work begins. */
import { constants, type Stats } from 'node:fs';
import { access, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from './errors.ts';

/**
 * Returns the absolute path of a file to be written. `name` is the flag or the variable that names it.
 * @throws UsageError where its folder is missing or is no folder, where it is itself a folder, or where it may not be written
 */
export async function outputFile(name: string, file: string): Promise<string> {
  const whole = named(name, file);
  const there = await found(name, whole);
  if (there?.isDirectory())
    throw new UsageError(`${name} is a file, and ${whole} is a folder: name a file in it.`);
  // A pipe or a device is not inspected: opening it would disturb its reader.
  if (there && !there.isFile()) return whole;
  const target = there ? await realpath(whole) : whole;
  const folder = path.dirname(target);
  const around = await found(name, folder);
  if (!around)
    throw new UsageError(`${name} is a file in the folder ${folder}, which is missing: make it first.`);
  if (!around.isDirectory())
    throw new UsageError(`${name} is a file in the folder ${folder}, which is a file: name another one.`);
  // It is written beside its place and moved there, which a file that is read-only would not prevent.
  for (const written of there ? [target, folder] : [folder]) await mustBeWritable(name, written);
  return whole;
}

/** Makes a folder and returns its absolute path. @throws UsageError where it can't be made or written */
export async function outputFolder(name: string, folder: string): Promise<string> {
  const whole = named(name, folder);
  try {
    await mkdir(whole, { recursive: true });
  } catch (error) {
    throw new UsageError(
      `${name} is a folder, and ${whole} can't be made (${codeOf(error)}): name one that you may write.`,
    );
  }
  await mustBeWritable(name, whole);
  return whole;
}

function named(name: string, given: string): string {
  if (given === '') throw new UsageError(`${name} is empty: give it a path, or leave it out.`);
  return path.resolve(given);
}

async function found(name: string, file: string): Promise<Stats | undefined> {
  try {
    return await stat(file);
  } catch (error) {
    const code = codeOf(error);
    // ENOTDIR: the check of the folder reports it in more detail.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UsageError(`${name} can't be ${file} (${code}): name another one.`);
  }
}

async function mustBeWritable(name: string, file: string): Promise<void> {
  await access(file, constants.W_OK).catch((error: unknown) => {
    throw new UsageError(
      `${name} needs ${file}, which may not be written (${codeOf(error)}): mend its permissions, or name another one.`,
    );
  });
}

/** Returns `text` as a POSIX shell reads it back, quoted only where it has to be. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
