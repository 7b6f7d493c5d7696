/** databricks.yml and what it includes, as one tree for one target. */
import path from 'node:path';
import { readText } from '../../files/read.ts';
import { BundleError } from './errors.ts';
import { filesMatching, globbed } from './glob.ts';
import { isTree, overlay, type Tree } from './tree.ts';
import { treeOf } from './yaml.ts';

const BUNDLE_FILE = 'databricks.yml';

/** The fields that a target may override. */
const OF_A_TARGET = [
  'bundle',
  'workspace',
  'variables',
  'resources',
  'sync',
  'presets',
  'permissions',
  'run_as',
];

export interface Loaded {
  /** The target's own parts laid over the common ones; variables as `{ default }` and `${…}` as they were written. */
  readonly tree: Tree;
  readonly target: string;
  /** All there are. */
  readonly targets: readonly string[];
  readonly mode: 'development' | 'production' | undefined;
}

/** Returns databricks.yml and what it includes as one tree. Notebooks' paths are made relative to `root`. @throws BundleError, FileError */
export async function readBundle(root: string): Promise<Tree> {
  const main = readTree(root, BUNDLE_FILE);
  const includes = Array.isArray(main.include) ? main.include.map(String) : [];
  const problems = includes.flatMap(problemOfInclude);
  if (problems.length > 0) throw new BundleError(problems);
  const found = (
    await Promise.all(includes.map((pattern) => filesMatching(root, pattern, globbed(pattern))))
  ).flat();
  // A file that two patterns name is read once.
  const files = [...new Set(found)].filter((name) => name !== BUNDLE_FILE);
  const strangers = files.filter((name) => !/\.(ya?ml|json)$/.test(name));
  if (strangers.length > 0)
    throw new BundleError(strangers.map((name) => `include names ${name}, which is neither YAML nor JSON.`));
  return files.reduce((tree, file) => overlay(tree, readTree(root, file)) as Tree, main);
}

/** The CLI takes `**` for `*` and braces as they are, which nobody means who writes them. */
function problemOfInclude(pattern: string): string[] {
  if (path.isAbsolute(pattern)) return [`include is a path from ${BUNDLE_FILE} on, not ${pattern}.`];
  if (/\*\*|[[\]{}\\]/.test(pattern))
    return [
      `include understands * and ? within a folder, as in jobs/*.yml, not ${pattern}: name each folder.`,
    ];
  return [];
}

/** Returns the bundle for a target; the default one where it is left out. @throws BundleError */
export function ofTarget(tree: Tree, target?: string): Loaded {
  const { targets, include: _, ...common } = tree;
  const all = isTree(targets) ? targets : {};
  const name = target ?? defaultTarget(all);
  if (!Object.hasOwn(all, name))
    throw new BundleError([
      `There is no target "${name}" in ${BUNDLE_FILE}: ${Object.keys(all).join(', ')}.`,
    ]);
  const own = isTree(all[name]) ? all[name] : {};
  const over = Object.fromEntries(OF_A_TARGET.map((key) => [key, own[key]]));
  const variables = overlay(common.variables, asDefaults(own.variables));
  return {
    tree: { ...(overlay(common, over) as Tree), variables },
    target: name,
    targets: Object.keys(all),
    mode: own.mode as Loaded['mode'],
  };
}

function defaultTarget(targets: Tree): string {
  const found = Object.entries(targets).find(([, one]) => isTree(one) && one.default === true);
  return found?.[0] ?? Object.keys(targets)[0] ?? 'default';
}

/** A target writes a variable's value where the declaration has a map. */
function asDefaults(variables: unknown): Tree {
  const declared = (one: unknown) =>
    isTree(one) && ['default', 'description', 'type', 'lookup'].some((key) => Object.hasOwn(one, key));
  const entries = Object.entries(isTree(variables) ? variables : {});
  return Object.fromEntries(
    entries.map(([key, one]) => [key, declared(one) ? one : { default: one ?? undefined }]),
  );
}

function readTree(root: string, file: string): Tree {
  const absent = file === BUNDLE_FILE ? { absent: 'run this where the bundle is' } : {};
  const name = path.join(root, file);
  const tree = treeOf(readText(name, absent), name);
  if (!isTree(tree)) throw new BundleError([`${file} holds no map.`]);
  return withPathsFromRoot(tree, path.posix.dirname(file)) as Tree;
}

const PATHS = ['notebook_path', 'file_path'];

/** Paths of notebooks and dashboards are written from the file that they stand in. */
function withPathsFromRoot(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withPathsFromRoot(one, folder));
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const relative = PATHS.includes(key) && typeof one === 'string' && !/^(\/|\$\{)/.test(one);
      return [key, relative ? path.posix.join(folder, one) : withPathsFromRoot(one, folder)];
    }),
  );
}
