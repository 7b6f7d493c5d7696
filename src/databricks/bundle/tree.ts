/** Trees of maps, lists and scalars, as read from YAML, and how they are merged. */

export type Tree = { readonly [key: string]: unknown };

export const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the value at the path `a.b.c` of `tree`; undefined if there is none. List entries are `[0]`. */
export function at(tree: unknown, path: string): unknown {
  let here = tree;
  for (const [, name, index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (name !== undefined) here = isTree(here) && Object.hasOwn(here, name) ? here[name] : undefined;
    else here = Array.isArray(here) ? here[Number(index)] : undefined;
  }
  return here;
}

/** Returns a copy in which `change` has replaced every scalar; `place` is the scalar's path. */
export function mapScalars(
  value: unknown,
  change: (scalar: unknown, place: string) => unknown,
  place = '',
): unknown {
  if (Array.isArray(value)) return value.map((one, index) => mapScalars(one, change, `${place}[${index}]`));
  if (!isTree(value)) return change(value, place);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      mapScalars(one, change, place ? `${place}.${key}` : key),
    ]),
  );
}

/** The keys by which the entries of these lists are merged, as in the Databricks CLI. Other lists are concatenated. */
const KEYS: Readonly<Record<string, string>> = {
  tasks: 'task_key',
  job_clusters: 'job_cluster_key',
  environments: 'environment_key',
  parameters: 'name',
};

/** Returns `over` merged onto `base`; `name` is the key of these two values in their maps. */
export function overlay(base: unknown, over: unknown, name = ''): unknown {
  if (over === undefined) return base;
  if (isTree(base) && isTree(over)) {
    const keys = new Set([...Object.keys(base), ...Object.keys(over)]);
    return Object.fromEntries([...keys].map((key) => [key, overlay(base[key], over[key], key)]));
  }
  if (!Array.isArray(base) || !Array.isArray(over)) return over;
  const key = KEYS[name];
  if (key === undefined) return [...base, ...over];
  const entries = new Map<unknown, unknown>();
  for (const one of [...base, ...over]) {
    const id = isTree(one) ? one[key] : one;
    entries.set(id, entries.has(id) ? overlay(entries.get(id), one) : one);
  }
  return [...entries.values()];
}
