/** Files of a folder by patterns: `jobs/*.yml`, `notebooks/**`. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Never part of a bundle, and large. */
const SKIPPED = new Set(['node_modules', '__pycache__']);

/** All files below `folder`, relative to `root`, with `/`, sorted; what begins with a dot is left out. */
export async function filesBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(() => []);
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.') && !SKIPPED.has(name))
      .map(async (entry) => {
        const name = path.posix.join(folder, entry.name);
        if (entry.isDirectory()) return filesBelow(root, name);
        return entry.isFile() ? [name] : [];
      }),
  );
  return found.flat().sort();
}

/** Those that a pattern names; it may begin with `./`. */
export async function filesMatching(root: string, pattern: string): Promise<string[]> {
  const wanted = path.posix.normalize(pattern);
  // Only the folders before the first star are looked into.
  const fixed = path.posix.dirname(`${wanted.split('*')[0]}x`);
  const files = await filesBelow(root, fixed);
  return files.filter((file) => matches(file, wanted));
}

/** `*` and `?` stay within a folder, `**` does not. */
export function matches(file: string, pattern: string): boolean {
  const source = path.posix
    .normalize(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*\/?|\*|\?/g, (star) => (star === '?' ? '[^/]' : star === '*' ? '[^/]*' : '.*'));
  return new RegExp(`^${source}$`).test(file);
}
