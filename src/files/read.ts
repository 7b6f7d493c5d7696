/**
 * Reads files. A text must be UTF-8, with or without a byte order mark, and with line feeds or CRLF. Any other content throws a
 * FileError.
 */
import fs from 'node:fs';
import { parse } from 'yaml';
import type { z } from 'zod';
import { FileError, type FileUse, fileError } from './errors.ts';

/**
 * Returns the text of a regular file, without a byte order mark and with line feeds only. Rejects a pipe instead of waiting for data.
 * @throws FileError
 */
export function readText(file: string, use: FileUse = {}): string {
  return textOf(readBytes(file, use), file, use);
}

/** Returns the text of a file as readText does; undefined if the file does not exist. @throws FileError */
export function readTextIfThere(file: string, use: FileUse = {}): string | undefined {
  try {
    return readText(file, use);
  } catch (error) {
    if (error instanceof FileError && error.reason === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves with the names in a folder; none if the folder does not exist. @throws FileError */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await fs.promises.readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fileError(folder, error);
  }
}

/** Returns the bytes of a regular file. @throws FileError */
export function readBytes(file: string, use: FileUse = {}): Buffer {
  try {
    const opened = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    try {
      const kind = fs.fstatSync(opened);
      if (!kind.isFile() && !kind.isDirectory())
        throw new FileError(file, use, { problem: 'is a pipe or a device, not a file', fix: 'name a file' });
      return fs.readFileSync(opened);
    } finally {
      fs.closeSync(opened);
    }
  } catch (error) {
    throw fileError(file, error, use);
  }
}

/** Decodes bytes as UTF-8, without a byte order mark and with line feeds only. @throws FileError */
function textOf(bytes: Uint8Array, file: string, use: FileUse = {}): string {
  const fix = 'save it as UTF-8';
  const wrong = (problem: string) => new FileError(file, { ...use, remedy: fix }, { problem, fix });
  if (isUtf16(bytes)) throw wrong('is UTF-16');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong("isn't UTF-8");
  }
  // A loss of power can leave zero bytes in a file.
  if (text.includes('\0'))
    throw new FileError(file, use, { problem: 'contains zero bytes, so it is damaged', fix: 'restore it' });
  return text.replaceAll('\r\n', '\n');
}

/** Returns whether bytes begin with the byte order mark of UTF-16 and an ASCII character. */
export const isUtf16 = ([first, second, third, fourth]: Uint8Array): boolean =>
  (first === 0xff && second === 0xfe && fourth === 0 && third !== 0) ||
  (first === 0xfe && second === 0xff && third === 0 && fourth !== 0);

/**
 * Returns a file's JSON, validated against `shape`.
 * @throws FileError whose message omits the content, because it may be secret
 */
export const readJson = <T>(file: string, shape: z.ZodType<T>, use: FileUse = {}): T =>
  jsonOf(readText(file, use), shape, file, use);

/** Returns a text's JSON as readJson does. @throws FileError */
export function jsonOf<T>(text: string, shape: z.ZodType<T>, file: string, use: FileUse = {}): T {
  const fix = 'restore it or move it away';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FileError(file, use, { problem: text.trim() ? 'is damaged or cut off' : 'is empty', fix });
  }
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  const place = error.issues[0]?.path.join('.');
  throw new FileError(file, use, {
    problem: `has an unexpected format${place ? ` at ${place}` : ''}`,
    fix,
  });
}

/** Returns a file's YAML. @throws FileError with the line if the file is not valid YAML */
export function readYaml(file: string, use: FileUse = {}): unknown {
  return yamlOf(readText(file, use), file, use);
}

/** Returns a text's YAML as readYaml does. @throws FileError */
export function yamlOf(text: string, file: string, use: FileUse = {}): unknown {
  try {
    return parse(text);
  } catch (error) {
    const why = String((error as Error).message.split('\n')[0]).replace(/[:.]$/, '');
    throw new FileError(file, use, {
      problem: `is not valid YAML (${why})`,
      fix: 'correct it',
      cause: error,
    });
  }
}
