/** Posts from JSON lines, a file for each dataset: every line is sent as it is, malformed ones too. */
import { lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { AppError, UsageError } from '../errors.ts';
import { fileError } from '../files/errors.ts';
import { datasets } from '../project/datasets/index.ts';
import { bytesOfFile, plainBytes, requireReadable } from './bytes.ts';
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
class PostsNotFound extends AppError {
  constructor(message: string, cause?: unknown) {
    super('POSTS_NOT_FOUND', message, { cause });
  }
}

/** The posts up to the one that a run came to are not those that the run read. */
class PostsReplaced extends AppError {
  constructor(from: string, posts: number, after: number) {
    super(
      'POSTS_REPLACED',
      posts < after
        ? `${from} holds ${posts} posts, and the checkpoint is at post ${after}: restore the file that the run read, or remove the checkpoint to start over.`
        : `${from} was changed before post ${after}, where the checkpoint is: restore the file that the run read, or remove the checkpoint to start over.`,
    );
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
export function filePosts(given: string, options: FileOptions = {}): FilePosts {
  // A shell completes the name of a link to a file with a slash, too.
  const from = /^\/dev\/(stdin|fd\/0)$/.test(given) ? STDIN : given.replace(/(?<=.)\/+$/, '');
  const { count = Number.POSITIVE_INFINITY, stdin = process.stdin } = options;
  const fingerprints = new WeakMap<Post, number>();
  const { present, missing } = filesOf(from, options.dataset);
  const fileOf = (dataset: string) => path.basename(present.get(dataset) ?? dataset);
  return {
    datasets: [...present.keys()],
    missing,
    async *read(after = 0, fingerprint?: number) {
      let posts = 0;
      let sum = 0;
      const changed = () => posts === after && fingerprint !== undefined && sum !== fingerprint;
      for await (const found of sideBySide(present, count, stdin)) {
        posts++;
        for (const [dataset, { bytes }] of found) sum = crc32(bytes, crc32(`\n${dataset} `, sum));
        if (changed()) break;
        if (posts <= after) continue;
        const post = found.map(([dataset, { bytes, at }]) => recordOf(dataset, bytes, at));
        fingerprints.set(post, sum);
        yield post;
      }
      if (posts < after || changed()) throw new PostsReplaced(from, posts, after);
    },
    fingerprint: (post) => fingerprints.get(post),
    where: ({ dataset, at }) => `line ${at} of ${from === STDIN ? 'the standard input' : fileOf(dataset)}`,
  };
}

function filesOf(from: string, dataset: string | undefined) {
  if (dataset !== undefined && !names.includes(dataset))
    throw new UsageError(`--dataset is ${names.join(', ')}, not ${dataset}.`);
  if (from === STDIN) return { present: new Map([[dataset ?? unnamed(from), from]]), missing: [] };
  const kind = kindOf(from);
  if (!kind)
    throw new PostsNotFound(
      `There is no ${from}: expected a folder with ${EXPECTED}, one of these files, - for the standard input, or mysql://….`,
    );
  if (!kind.isDirectory()) {
    const named = FILE_NAME.exec(path.basename(from))?.groups?.dataset;
    const own = dataset ?? (named !== undefined && names.includes(named) ? named : unnamed(from));
    requireReadable(from);
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
    const there = [plain, `${plain}.gz`].filter(kindOf);
    if (there.length > 1)
      throw new PostsNotFound(`${there.join(' and ')} are both there: take one of them away.`);
    if (there[0] === undefined) {
      missing.push(plain);
      continue;
    }
    requireReadable(there[0]);
    present.set(name, there[0]);
  }
  if (present.size === 0)
    throw new PostsNotFound(`The folder ${folder} holds no posts: expected ${EXPECTED} in it.`);
  return { present, missing };
}

/** Undefined where nothing is there; a link to nothing is there. @throws FileError */
function kindOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(file, error, { code: 'POSTS_NOT_FOUND' });
  }
}

function unnamed(from: string): never {
  throw new PostsNotFound(
    `${from === STDIN ? 'The standard input' : from} names no dataset: expected ${EXPECTED}, or say --dataset ${names.join('|')}.`,
  );
}

async function* sideBySide(
  files: ReadonlyMap<string, string>,
  count: number,
  stdin: Readable,
): AsyncGenerator<readonly (readonly [string, Line])[]> {
  const readers = [...files].map(([dataset, file]) => ({ dataset, lines: linesOf(file, stdin) }));
  try {
    for (let posts = 0; posts < count; posts++) {
      const found: (readonly [string, Line])[] = [];
      for (const { dataset, lines } of readers) {
        const next = await lines.next();
        if (!next.done) found.push([dataset, next.value]);
      }
      if (found.length === 0) return;
      yield found;
    }
  } finally {
    await Promise.all(readers.map(({ lines }) => lines.return(undefined)));
  }
}

const linesOf = (file: string, stdin: Readable): AsyncGenerator<Line> =>
  lines(file === STDIN ? plainBytes(stdin, 'The standard input') : plainBytes(bytesOfFile(file), file));
