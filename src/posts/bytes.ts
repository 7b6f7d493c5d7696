/** Reads JSON lines as bytes from files or standard input: decompresses gzip, removes a byte order mark. */
import fs from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileError, fileError } from '../files/errors.ts';
import { isUtf16 } from '../files/read.ts';

/** Enough bytes for every byte order mark and magic number. */
const HEAD_BYTES = 4;

const USE = { code: 'POSTS_NOT_FOUND' };
const broken = (file: string, problem: string, fix: string, cause?: unknown): FileError =>
  new FileError(file, USE, { problem, fix, cause });

/** @throws FileError if a file can't be read or is not a regular file */
export function requireReadable(file: string): void {
  try {
    const kind = fs.statSync(file);
    if (!kind.isFile() && !kind.isDirectory())
      throw broken(file, 'is a pipe or a device', `pass it as standard input, --from - < ${file}`);
    fs.closeSync(fs.openSync(file, 'r'));
    if (kind.isDirectory()) throw broken(file, 'is a folder', 'name a file of JSON lines');
  } catch (error) {
    throw fileError(file, error, USE);
  }
}

/** Yields the bytes of a regular file. @throws FileError, also if the file became shorter while it was read */
export async function* bytesOfFile(file: string): AsyncGenerator<Buffer> {
  requireReadable(file);
  try {
    const opened = fs.openSync(file, 'r');
    const { size } = fs.fstatSync(opened);
    let read = 0;
    for await (const chunk of fs.createReadStream(file, { fd: opened })) {
      read += chunk.length;
      yield chunk;
    }
    if (read < size)
      throw broken(
        file,
        `became shorter while it was read (${read} of ${size} bytes)`,
        'run the command again',
      );
  } catch (error) {
    throw fileError(file, error, USE);
  }
}

/** Yields the decompressed bytes of `source`. @throws FileError if `source` is damaged gzip, or UTF-16 */
export async function* plainBytes(source: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const { head, all } = await peek(source, HEAD_BYTES);
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  if (!packed && file.endsWith('.gz'))
    throw broken(
      file,
      head.length === 0 ? 'is empty' : 'is not a gzip file',
      'name a complete gzip file of JSON lines',
    );
  try {
    // With a callback, pipeline destroys the gunzip stream when the source fails, so that reading the gunzip stream fails, too.
    yield* unmarked(packed ? pipeline(Readable.from(all), createGunzip(), () => {}) : all, file);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw broken(
      file,
      `is damaged or cut off (${code})`,
      'restore the complete gzip file of JSON lines',
      error,
    );
  }
}

async function* unmarked(source: AsyncIterable<Buffer>, file: string): AsyncGenerator<Buffer> {
  const { head, all } = await peek(source, HEAD_BYTES);
  if (isUtf16(head)) throw broken(file, 'is UTF-16', 'save it as UTF-8');
  let marked = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  for await (const chunk of all) {
    yield marked ? chunk.subarray(3) : chunk;
    marked = false;
  }
}

/**
 * Returns the first chunks of a source as one buffer, and an iterator over all its bytes, which yields that buffer first. The
 * buffer is shorter than `bytes` only if the source is.
 */
export async function peek(
  source: AsyncIterable<Buffer>,
  bytes: number,
): Promise<{ head: Buffer; all: AsyncIterable<Buffer> }> {
  const rest = source[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let size = 0; size < bytes; size += chunks.at(-1)?.length ?? 0) {
    const next = await rest.next();
    if (next.done) break;
    chunks.push(next.value);
  }
  const head = Buffer.concat(chunks);
  async function* all() {
    try {
      if (head.length > 0) yield head;
      for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
    } finally {
      await rest.return?.();
    }
  }
  return { head, all: all() };
}
