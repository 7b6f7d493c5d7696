/** Posts from JSON lines, `pin.jsonl geo.jsonl user.jsonl`: every line is sent as it is, malformed ones too. */
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { datasets } from '../datasets/index.ts';
import { AppError, UsageError } from '../errors.ts';
import { recordOf } from './key.ts';
import { type Line, lines } from './lines.ts';
import type { Post, Posts } from './post.ts';

/** Posts read from files, and the files that were not there. */
export interface FilePosts extends Posts {
  readonly missing: readonly string[];
}

export interface FileOptions {
  /** At most so many posts. */
  readonly count?: number | undefined;
  /** What the lines of a single file are, where its name does not say so. */
  readonly dataset?: string | undefined;
  /** What `-` reads. */
  readonly stdin?: Readable;
}

/** The folder, file or lines asked for are not there or can't be read. */
export class PostsNotFound extends AppError {
  constructor(message: string, cause?: unknown) {
    super('POSTS_NOT_FOUND', message, { cause });
  }
}

/** Standard input, in the place of a file's name. */
export const STDIN = '-';

const names = datasets.map(({ name }) => name);
const LIST = names.map((name) => `${name}.jsonl`).join(', ');
const EXPECTED = `${LIST} (or each with .gz)`;
const FILE_NAME = /^(?<dataset>.+)\.jsonl(\.gz)?$/;

/**
 * Reads the files of a folder, or a single one, or standard input (`-`), side by side: the nth lines of all files make
 * the nth post, so that a post's records go out together.
 */
export function filePosts(from: string, options: FileOptions = {}): FilePosts {
  const { count = Number.POSITIVE_INFINITY, stdin = process.stdin } = options;
  const { present, missing } = filesOf(from, options.dataset);
  const fileOf = (dataset: string) => path.basename(present.get(dataset) ?? dataset);
  return {
    datasets: [...present.keys()],
    missing,
    read: (after = 0) => sideBySide(present, after, count, stdin),
    where: ({ dataset, at }) => `line ${at} of ${from === STDIN ? 'the standard input' : fileOf(dataset)}`,
  };
}

function filesOf(from: string, dataset: string | undefined) {
  if (dataset !== undefined && !names.includes(dataset))
    throw new UsageError(`--dataset is ${names.join(', ')}, not ${dataset}.`);
  if (from === STDIN) return { present: new Map([[dataset ?? unnamed(from), from]]), missing: [] };
  const kind = statSync(from, { throwIfNoEntry: false });
  if (!kind)
    throw new PostsNotFound(
      `There is no ${from}: expected a folder with ${EXPECTED}, one of these files, - for the standard input, or mysql://…`,
    );
  if (!kind.isDirectory()) {
    const named = FILE_NAME.exec(path.basename(from))?.groups?.dataset;
    const own = dataset ?? (named !== undefined && names.includes(named) ? named : unnamed(from));
    return { present: new Map([[own, from]]), missing: [] };
  }
  if (dataset !== undefined)
    throw new UsageError(`--dataset is for a single file; ${from} is a folder with a file for each.`);
  return filesIn(from);
}

function filesIn(folder: string) {
  const present = new Map<string, string>();
  const missing: string[] = [];
  for (const name of names) {
    const plain = path.join(folder, `${name}.jsonl`);
    const there = [plain, `${plain}.gz`].filter((file) => statSync(file, { throwIfNoEntry: false }));
    if (there.length > 1)
      throw new PostsNotFound(`${there.join(' and ')} are both there: take one of them away.`);
    if (there[0] === undefined) missing.push(plain);
    else present.set(name, there[0]);
  }
  if (present.size === 0)
    throw new PostsNotFound(`The folder ${folder} holds no posts: expected ${EXPECTED} in it.`);
  return { present, missing };
}

function unnamed(from: string): never {
  throw new PostsNotFound(
    `${from === STDIN ? 'The standard input' : from} names no dataset: expected ${EXPECTED}, or say --dataset ${names.join('|')}.`,
  );
}

async function* sideBySide(
  files: ReadonlyMap<string, string>,
  after: number,
  count: number,
  stdin: Readable,
): AsyncGenerator<Post> {
  const readers = [...files].map(([dataset, file]) => ({ dataset, lines: linesOf(file, stdin) }));
  try {
    for (let posts = 0; posts < count; posts++) {
      const found: [string, Line][] = [];
      for (const { dataset, lines } of readers) {
        const next = await lines.next();
        if (!next.done) found.push([dataset, next.value]);
      }
      if (found.length === 0) return;
      if (posts >= after) yield found.map(([dataset, { bytes, at }]) => recordOf(dataset, bytes, at));
    }
  } finally {
    await Promise.all(readers.map(({ lines }) => lines.return(undefined)));
  }
}

async function* linesOf(file: string, stdin: Readable): AsyncGenerator<Line> {
  const source = file === STDIN ? stdin : createReadStream(file);
  try {
    // Without a callback of its own, a broken source would not end the reading.
    yield* lines(file.endsWith('.gz') ? pipeline(source, createGunzip(), () => {}) : source);
  } catch (error) {
    if (!isReadError(error)) throw error;
    const must = file.endsWith('.gz') ? 'a whole gzip file' : 'a readable file';
    throw new PostsNotFound(
      `${file} can't be read (${error.code}): it must be ${must} of JSON lines.`,
      error,
    );
  }
}

/** Of the file system, or of zlib. */
const isReadError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'code' in error && ('syscall' in error || String(error.code).startsWith('Z_'));
