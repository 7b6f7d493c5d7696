/** Looks up the values of `${var.…}`, `${bundle.…}`, `${workspace.…}` and `${resources.…}`. */
import { BundleError } from './errors.ts';
import { fullName } from './model.ts';
import { LATER, type Lookup } from './references.ts';
import { at, isTree, type Tree } from './tree.ts';

/** The deploying user's name in the workspace, and the workspace's address. */
export interface Person {
  readonly userName: string;
  readonly host: string;
  /** Ids of SQL warehouses by name; undefined if no workspace is called. */
  readonly warehouses?: ReadonlyMap<string, string>;
}

/** Returns a name of letters, digits and single `_`, derived from a text as the Databricks CLI does. */
export const normalName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_|_$/g, '');

/** Returns `jane_doe` for `jane.doe@example.com`. */
export const shortName = (userName: string): string => normalName(userName.split('@')[0] ?? '');

/** Values of variables that are given outside the bundle, by name. */
export interface GivenVariables {
  /** Values from the command line. They take precedence over those of the environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Values from the environment. Names that the bundle does not declare are ignored, as by the Databricks CLI. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Returns the lookup for a target; given values of variables take precedence over the target's values.
 * @throws BundleError if the command line names an unknown variable, or a value is given for a variable that is not text
 */
export function lookupOf(
  tree: Tree,
  target: string,
  person: Person,
  { variables: named = {}, environment = {} }: GivenVariables,
): Lookup {
  const variables = isTree(tree.variables) ? tree.variables : {};
  const unknown = Object.keys(named).find((name) => !Object.hasOwn(variables, name));
  if (unknown !== undefined)
    throw new BundleError([
      `There is no variable "${unknown}"; the variables are ${Object.keys(variables).join(', ')}.`,
    ]);
  const given = { ...environment, ...named };
  const complex = Object.keys(given).find((name) => at(variables[name], 'type') === 'complex');
  if (complex !== undefined)
    throw new BundleError([
      `The variable ${complex} is a map or a list, which neither --var nor BUNDLE_VAR_${complex} can contain: set it in databricks.yml.`,
    ]);
  const workspace = workspaceOf(tree, target, person);
  return (name) => {
    const [kind, first = '', ...rest] = name.split('.');
    if (kind === 'resources') return LATER;
    if (kind === 'workspace') return at(workspace, name.slice('workspace.'.length));
    if (kind === 'bundle')
      return name === 'bundle.target' ? target : at(tree.bundle, name.slice('bundle.'.length));
    if (kind !== 'var' || !Object.hasOwn(variables, first)) return undefined;
    const value =
      given[first] ?? at(variables[first], 'default') ?? warehouse(first, variables[first], person);
    if (value === undefined)
      throw new BundleError([
        `The variable ${first} has no value: set it with -- --var ${first}=… or BUNDLE_VAR_${first}.`,
      ]);
    return rest.length > 0 ? at(value, rest.join('.')) : value;
  };
}

/**
 * Returns the id of the SQL warehouse that a variable looks up by name; if no workspace is called, the name. No other
 * `lookup` is supported.
 */
function warehouse(variable: string, declared: unknown, { warehouses }: Person): unknown {
  const name = at(declared, 'lookup.warehouse');
  if (typeof name !== 'string') return undefined;
  if (!warehouses) return name;
  const found = warehouses.get(name);
  if (found !== undefined) return found;
  const others = warehouses.size > 0 ? `it has ${[...warehouses.keys()].join(', ')}` : 'it has none';
  throw new BundleError([
    `The workspace has no SQL warehouse "${name}" (${others}): set the id of a warehouse with -- --var ${variable}=… or BUNDLE_VAR_${variable}.`,
  ]);
}

/** Returns the workspace's fields with the CLI's defaults. */
function workspaceOf(tree: Tree, target: string, { userName, host }: Person): Tree {
  const own = isTree(tree.workspace) ? tree.workspace : {};
  const short_name = shortName(userName);
  return {
    host,
    root_path: `/Workspace/Users/${userName}/.bundle/\${bundle.name}/${target}`,
    file_path: '${workspace.root_path}/files',
    state_path: '${workspace.root_path}/state',
    artifact_path: '${workspace.root_path}/artifacts',
    resource_path: '${workspace.root_path}/resources',
    ...own,
    ...(typeof own.root_path === 'string' && { root_path: absolute(own.root_path, userName) }),
    current_user: {
      userName,
      short_name,
      domain_friendly_name: short_name.replaceAll('_', '-'),
    },
  };
}

const absolute = (root: string, userName: string): string =>
  root.replace(/^~(?=\/)/, `/Workspace/Users/${userName}`).replace(/^(?=\/(Users|Shared)\/)/, '/Workspace');

/**
 * Returns the lookup for references to resources. It finds every field that the bundle sets. Names in `resources`
 * already have their prefixes. The id of a schema or volume is its full name. The id of a job is unknown before its
 * deployment.
 */
export function resourceLookup(resources: Tree): Lookup {
  return (name) => {
    const [, kind = '', key = '', field] = name.split('.');
    const one = at(resources, `${kind}.${key}`);
    if (!name.startsWith('resources.') || !isTree(one)) return undefined;
    if (field === 'id' || field === 'full_name') return SECURABLES.includes(kind) ? fullName(one) : undefined;
    if (field === 'volume_path' && kind === 'volumes')
      return `/Volumes/${['catalog_name', 'schema_name', 'name'].map((part) => one[part]).join('/')}`;
    return at(resources, name.slice('resources.'.length));
  };
}

const SECURABLES = ['schemas', 'volumes'];
