/** Compares the resources of a workspace with those of a bundle. */
import { createHash } from 'node:crypto';
import { isTree, type Tree } from './tree.ts';

export const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** Returns a hash of a value. The order of its keys does not change the hash. */
export const hashOf = (value: unknown): string => sha256(JSON.stringify(sorted(value)));

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
};

/** Keys that identify the entries of a list. */
const KEYS = ['task_key', 'job_cluster_key', 'environment_key', 'name'];

/**
 * Returns one line for each difference, `path: before → after`. Ignores values that a workspace adds (empty lists,
 * zeros, defaults). The result is only for display: hashes decide whether there is a difference.
 */
export function differences(before: unknown, after: unknown, path = ''): string[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const [from, to] = [byKey(before), byKey(after)];
    if (from && to) return differences(from, to, path);
  }
  if (isTree(before) && isTree(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], path ? `${path}.${key}` : key));
  }
  if (hashOf(before ?? null) === hashOf(after ?? null) || (after === undefined && isUsual(before))) return [];
  return [`${path}: ${shown(before)} → ${shown(after)}`];
}

function byKey(list: readonly unknown[]): Tree | undefined {
  const key = KEYS.find((one) => list.every((entry) => isTree(entry) && typeof entry[one] === 'string'));
  return key && Object.fromEntries(list.map((entry) => [(entry as Tree)[key], entry]));
}

const USUAL = ['MULTI_TASK', 'ALL_SUCCESS', 'WORKSPACE'];

const isUsual = (value: unknown): boolean =>
  !value || USUAL.includes(String(value)) || (typeof value === 'object' && Object.keys(value).length === 0);

const MAX_SHOWN = 60;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
