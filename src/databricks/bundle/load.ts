/** Reads databricks.yml and the files that it includes into one tree, for one target. */
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
  /**
   * The common fields, merged with the target's fields. Variables are `{ default }`; references `${…}` are unresolved.
   */
  readonly tree: Tree;
  readonly target: string;
  /** The names of all targets. */
  readonly targets: readonly string[];
  readonly mode: 'development' | 'production' | undefined;
}

/** Returns databricks.yml and its included files as one tree, with notebook paths relative to `root`. @throws BundleError, FileError */
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
    throw new BundleError(
      strangers.map((name) => `include names ${name}, which is not a .yml, .yaml or .json file.`),
    );
  return files.reduce((tree, file) => overlay(tree, readTree(root, file)) as Tree, main);
}

/**
 * Returns the problem of a pattern, if any. `**` and braces are rejected, because the CLI reads `**` as `*` and braces
 * literally, which is never the intention.
 */
function problemOfInclude(pattern: string): string[] {
  if (path.isAbsolute(pattern)) return [`include must be a path relative to ${BUNDLE_FILE}, not ${pattern}.`];
  if (/\*\*|[[\]{}\\]/.test(pattern))
    return [
      `include supports only * and ? within a folder, as in jobs/*.yml, not ${pattern}: list each folder.`,
    ];
  return [];
}

/** Returns the bundle for a target, or for the default target if omitted. @throws BundleError */
export function ofTarget(tree: Tree, target?: string): Loaded {
  const { targets, include: _, ...common } = tree;
  const all = isTree(targets) ? targets : {};
  const name = target ?? defaultTarget(all);
  if (!Object.hasOwn(all, name))
    throw new BundleError([
      `There is no target "${name}" in ${BUNDLE_FILE}; the targets are ${Object.keys(all).join(', ')}.`,
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

/** Returns a target's variables as declarations, which are maps. A target may write `name: value` instead of a map. */
function asDefaults(variables: unknown): Tree {
  const declared = (one: unknown) =>
    isTree(one) && ['default', 'description', 'type', 'lookup'].some((key) => Object.hasOwn(one, key));
  const entries = Object.entries(isTree(variables) ? variables : {});
  return Object.fromEntries(
    entries.map(([key, one]) => [key, declared(one) ? one : { default: one ?? undefined }]),
  );
}

function readTree(root: string, file: string): Tree {
  const absent = file === BUNDLE_FILE ? { absent: 'run this command in the folder of the bundle' } : {};
  const name = path.join(root, file);
  const tree = treeOf(readText(name, absent), name);
  if (!isTree(tree)) throw new BundleError([`${file} must contain a map.`]);
  return withPathsFromRoot(tree, path.posix.dirname(file)) as Tree;
}

const PATHS = ['notebook_path', 'file_path'];

/** Makes paths of notebooks and dashboards relative to the root; in a YAML file they are relative to that file. */
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
