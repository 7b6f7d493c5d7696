/** Finds the files of a folder that match patterns: `jobs/*.yml`, `notebooks/**`. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import ignore from 'ignore';
import { FileError, fileError } from '../../files/errors.ts';

/** Large folders that are never part of a bundle. */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/**
 * Returns all files below `folder`, sorted, as paths relative to `root` with `/`; omits names that begin with a dot. Follows links,
 * except links to a parent folder.
 * @throws FileError for a folder that can't be read
 */
export async function filesBelow(
  root: string,
  folder: string,
  around: readonly string[] = [],
): Promise<string[]> {
  const at = path.join(root, folder);
  try {
    const real = await realpath(at);
    if (around.includes(real)) return [];
    const names = (await readdir(at)).filter((name) => !name.startsWith('.') && !SKIPPED.has(name));
    const found = await Promise.all(
      names.map(async (name) => {
        const below = path.posix.join(folder, name);
        // A broken link and a pipe count as files, so that reading them reports the problem.
        const kind = await stat(path.join(root, below)).catch(() => undefined);
        if (kind?.isDirectory()) return filesBelow(root, below, [...around, real]);
        return [below];
      }),
    );
    return found.flat().sort();
  } catch (error) {
    throw fileError(at, error);
  }
}

/** Returns a function that matches files with a pattern, as filepath.Glob in the CLI does: `*` and `?` don't match `/`. */
export function globbed(pattern: string): (file: string) => boolean {
  const depth = depthOf(pattern);
  const matches = gitignored([`/${path.posix.normalize(pattern)}`]);
  // A gitignore pattern that matches a folder also matches everything below it, so the depth is compared too.
  return (file) => depthOf(file) === depth && matches(file);
}

const depthOf = (file: string): number => path.posix.normalize(file).split('/').length;

/** Returns a function that matches files with gitignore patterns. The CLI reads `sync.include` and `sync.exclude` as such patterns. */
export function gitignored(patterns: readonly string[]): (file: string) => boolean {
  const rules = ignore({ ignorecase: false, allowRelativePaths: true });
  rules.add(patterns.map((pattern) => pattern.replace(/^\.\//, '/')));
  return (file) => rules.ignores(file);
}

/**
 * Returns the files that match `pattern`, which may begin with `./`. `matches` is the function of `globbed` or
 * `gitignored` for that pattern.
 * @throws FileError if a folder can't be read, or if a pattern without wildcards names a file that does not exist
 */
export async function filesMatching(
  root: string,
  pattern: string,
  matches: (file: string) => boolean,
): Promise<string[]> {
  const wanted = path.posix.normalize(pattern).replace(/^\//, '');
  // A pattern without a slash can match in any folder. Any other pattern is searched for in the last folder before its first wildcard.
  const fixed = wanted.includes('/') ? path.posix.dirname(`${wanted.split(/[*?[!]/)[0]}x`) : '.';
  const named = !/[*?[!]/.test(wanted);
  try {
    const found = (await filesBelow(root, fixed)).filter(matches);
    if (!named || found.length > 0) return found;
    await stat(path.join(root, wanted));
    return [wanted];
  } catch (error) {
    const problem = fileError(path.join(root, wanted), error);
    if (!named && problem instanceof FileError && problem.reason === 'ENOENT') return [];
    throw problem;
  }
}
