/** Reads posts from JSON lines, one file for each dataset. Every line is sent unchanged, even if malformed. */
import { lstatSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { AppError, UsageError } from '../errors.ts';
import { fileError } from '../files/errors.ts';
import { counted } from '../format.ts';
import { datasets } from '../project/datasets/index.ts';
import { bytesOfFile, plainBytes, requireReadable } from './bytes.ts';
import { recordOf } from './key.ts';
import { type Line, lines } from './lines.ts';
import { conversion, tableConversion } from './missing.ts';
import type { Post, Posts } from './post.ts';

/** Posts read from files, and the names of missing files. */
export interface FilePosts extends Posts {
  readonly missing: readonly string[];
}

export interface FileOptions {
  /** The maximum number of posts. */
  readonly count?: number | undefined;
  /** The dataset of a single file; default: the file's name. */
  readonly dataset?: string | undefined;
  /** The stream that `-` reads. */
  readonly stdin?: Readable;
}

/** Returns the error for a folder or file that does not exist or can't be read. */
const notFound = (message: string) => new AppError('POSTS_NOT_FOUND', message);

/** Returns the error for posts before a checkpoint that differ from the posts that the run has read. */
function replaced(from: string, posts: number, after: number): AppError {
  const problem =
    posts < after
      ? `contains ${counted(posts, 'post')}, but the checkpoint is at post ${after}`
      : `was changed before post ${after}, the position of the checkpoint`;
  return new AppError(
    'POSTS_REPLACED',
    `${from} ${problem}: restore the file that the run has read, or remove the checkpoint to start over.`,
  );
}

/** Means standard input instead of a file. */
export const STDIN = '-';

const names = datasets.map(({ name }) => name);
const LIST = names.map((name) => `${name}.jsonl`).join(', ');
const EXPECTED = `${LIST} (or each with .gz)`;
const FILE_NAME = /^(?<dataset>.+)\.jsonl(\.gz)?$/;

/**
 * Reads the files of a folder, a single file, or standard input (`-`). Reads several files in parallel: their nth lines
 * form the nth post, so that a post's records are sent together.
 */
export function filePosts(given: string, options: FileOptions = {}): FilePosts {
  // A shell may complete the name of a link to a file with a slash.
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
      if (posts < after || changed()) throw replaced(from, posts, after);
    },
    fingerprint: (post) => fingerprints.get(post),
    where: ({ dataset, at }) => `line ${at} of ${from === STDIN ? 'the standard input' : fileOf(dataset)}`,
  };
}

function filesOf(from: string, dataset: string | undefined) {
  if (dataset !== undefined && !names.includes(dataset))
    throw new UsageError(`--dataset must be ${names.join(', ')}, not ${dataset}.`);
  if (from === STDIN) return { present: new Map([[dataset ?? unnamed(from), from]]), missing: [] };
  const kind = kindOf(from);
  if (!kind)
    throw notFound(
      // A text with an @ may be an address with a password.
      `There is no ${from.includes('@') ? 'such file' : from}: expected a folder with ${EXPECTED}, or one of these files. See --help for other sources.`,
    );
  if (!kind.isDirectory()) {
    const table = tableConversion(from, dataset);
    if (table !== undefined) throw new AppError('NOT_JSON_LINES', table);
    const named = FILE_NAME.exec(path.basename(from))?.groups?.dataset;
    const own = dataset ?? (named !== undefined && names.includes(named) ? named : unnamed(from));
    requireReadable(from);
    return { present: new Map([[own, from]]), missing: [] };
  }
  if (dataset !== undefined)
    throw new UsageError(
      `--dataset can only be used with a single file; ${from} is a folder with a file for each dataset.`,
    );
  return filesIn(from);
}

function filesIn(folder: string) {
  const present = new Map<string, string>();
  const missing: string[] = [];
  for (const name of names) {
    const plain = path.join(folder, `${name}.jsonl`);
    const there = [plain, `${plain}.gz`].filter(kindOf);
    if (there.length > 1) throw notFound(`${there.join(' and ')} both exist: remove one of them.`);
    if (there[0] === undefined) {
      missing.push(plain);
      continue;
    }
    requireReadable(there[0]);
    present.set(name, there[0]);
  }
  if (present.size === 0)
    throw notFound(
      [
        `The folder ${folder} contains no records: expected ${EXPECTED} in it.`,
        ...missing.flatMap(conversion),
      ].join(' '),
    );
  return { present, missing };
}

/** Returns the file's status; undefined if it does not exist. A broken link counts as an existing file. @throws FileError */
function kindOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false }) ?? lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(file, error, { code: 'POSTS_NOT_FOUND' });
  }
}

function unnamed(from: string): never {
  throw notFound(
    `${from === STDIN ? 'The standard input' : from} does not name a dataset: expected ${EXPECTED}, or add --dataset ${names.join('|')}.`,
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
