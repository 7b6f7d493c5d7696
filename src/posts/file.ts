/** Posts from JSON-lines files, `pin.jsonl geo.jsonl user.jsonl`: every line is sent as it is, malformed ones too. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { datasets } from '../datasets/index.ts';
import { AppError } from '../errors.ts';
import { keyOf } from './key.ts';
import { lines } from './lines.ts';
import type { Post, PostRecord, Posts } from './post.ts';

/** Posts read from files, and the files that were not there. */
export interface FilePosts extends Posts {
  readonly missing: readonly string[];
}

/** The folder, file or lines asked for are not there or can't be read. */
export class PostsNotFound extends AppError {
  constructor(message: string, cause?: unknown) {
    super('POSTS_NOT_FOUND', message, { cause });
  }
}

/**
 * Reads the files of a folder, or one of them by its name, side by side: the nth lines of all files make the nth post,
 * so that a post's records go out together. At most `count` posts.
 */
export function filePosts(from: string, count = Number.POSITIVE_INFINITY): FilePosts {
  const { present, missing } = filesOf(from);
  const fileOf = (dataset: string) => path.basename(present.get(dataset) ?? dataset);
  return {
    datasets: [...present.keys()],
    missing,
    read: () => sideBySide(present, count),
    where: ({ dataset, at }) => `line ${at} of ${fileOf(dataset)}`,
  };
}

function filesOf(from: string) {
  const names = datasets.map(({ name }) => name);
  const expected = names.map((name) => `${name}.jsonl`).join(', ');
  const kind = statSync(from, { throwIfNoEntry: false });
  if (!kind)
    throw new PostsNotFound(
      `There is no ${from}: expected a folder with ${expected}, or one of these files.`,
    );
  const files = kind.isDirectory() ? names.map((name) => path.join(from, `${name}.jsonl`)) : [from];
  const present = new Map<string, string>();
  const missing: string[] = [];
  for (const file of files) {
    const dataset = path.basename(file, '.jsonl');
    if (!names.includes(dataset) || !file.endsWith('.jsonl'))
      throw new PostsNotFound(`${file} names no dataset: expected ${expected}.`);
    if (statSync(file, { throwIfNoEntry: false })) present.set(dataset, file);
    else missing.push(file);
  }
  if (present.size === 0)
    throw new PostsNotFound(`The folder ${from} holds no posts: expected ${expected} in it.`);
  return { present, missing };
}

async function* sideBySide(files: ReadonlyMap<string, string>, count: number): AsyncGenerator<Post> {
  const readers = [...files].map(([dataset, file]) => records(dataset, file));
  try {
    for (let posts = 0; posts < count; posts++) {
      const post: PostRecord[] = [];
      for (const reader of readers) {
        const next = await reader.next();
        if (!next.done) post.push(next.value);
      }
      if (post.length === 0) return;
      yield post;
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return(undefined)));
  }
}

async function* records(dataset: string, file: string): AsyncGenerator<PostRecord> {
  try {
    for await (const { bytes, at } of lines(file))
      yield { dataset, line: bytes, key: keyOf(bytes, dataset), at };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new PostsNotFound(
      `${file} can't be read (${error.code}): it must be a readable file of JSON lines.`,
      error,
    );
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && 'syscall' in error;
