/** Loads a bundle for one target. Its references are resolved, and its names have their prefixes. */
import path from 'node:path';
import { readText } from '../../files/read.ts';
import { problemsOf } from './check.ts';
import { BundleError } from './errors.ts';
import { filesBelow, filesMatching, gitignored } from './glob.ts';
import { ofTarget, readBundle } from './load.ts';
import { type GivenVariables, lookupOf, type Person, resourceLookup } from './lookup.ts';
import type { Bundle, Dashboard, Job } from './model.ts';
import { withPresets } from './presets.ts';
import { resolve } from './references.ts';
import { at, isTree, type Tree } from './tree.ts';

export type * from './model.ts';

export interface LoadOptions extends GivenVariables {
  /** The folder of databricks.yml. */
  readonly root: string;
  /** The target; if omitted, the default target. */
  readonly target?: string | undefined;
  readonly person: Person;
  /** The result of readBundle for `root`; read again if omitted. */
  readonly tree?: Tree;
}

/** Reads, resolves and checks a bundle; calls no workspace and prints nothing. @throws BundleError with all mistakes */
export async function loadBundle({
  root,
  target: asked,
  tree: read,
  person,
  ...given
}: LoadOptions): Promise<Bundle> {
  const { tree, target, mode } = ofTarget(read ?? (await readBundle(root)), asked);
  const lookup = lookupOf(tree, target, person, given);
  const own = resolve({ workspace: PATHS, ...pick(tree, ['bundle', 'sync', 'presets']) }, lookup) as Tree;
  const presets = isTree(own.presets) ? own.presets : {};
  const { resources: early = {} } = resolve(pick(tree, ['resources']), lookup) as { resources?: Tree };
  const named = withPresets(early, presets, mode, person.userName);
  const { resources: all } = resolve({ resources: named }, resourceLookup(named)) as {
    resources: Record<string, Record<string, never>>;
  };
  const { jobs = {}, schemas = {}, volumes = {}, dashboards = {}, ...others } = all;
  const workspace = own.workspace as Bundle['workspace'];
  const bundle: Bundle = {
    name: String((own.bundle as Tree | undefined)?.name ?? path.basename(root)),
    target,
    root,
    workspace,
    files: await filesOf(root, isTree(own.sync) ? own.sync : {}),
    jobs,
    schemas,
    volumes,
    dashboards: dashboardsWith(dashboards, root, workspace),
    others: [...Object.keys(others), ...ofTheCli(tree, jobs)],
  };
  const problems = problemsOf(bundle);
  if (problems.length > 0) throw new BundleError(problems);
  const deployed = Object.entries(jobs).map(([key, job]) => [key, inWorkspace(job, workspace)]);
  return { ...bundle, jobs: Object.fromEntries(deployed) };
}

/**
 * Returns the settings that only the CLI can deploy. They are not resources, but are reported like resources, because
 * otherwise a deployment would ignore them silently.
 */
function ofTheCli(tree: Tree, jobs: Readonly<Record<string, Tree>>): string[] {
  const ofJobs = Object.entries(jobs).filter(([, job]) => job.permissions !== undefined);
  return [
    ...['permissions', 'run_as'].filter((key) => tree[key] !== undefined),
    ...ofJobs.map(([key]) => `permissions of the job ${key}`),
  ];
}

/** Returns the dashboards with the contents of their files; a dashboard without a parent path is placed in the bundle's folder. */
function dashboardsWith(
  dashboards: Readonly<Record<string, Tree>>,
  root: string,
  { resource_path }: Bundle['workspace'],
): Record<string, Dashboard> {
  const read = ([key, { file_path, lifecycle: _, permissions: __, ...one }]: [string, Tree]) => {
    const serialized_dashboard = readText(path.join(root, String(file_path)), {
      is: `resources.dashboards.${key}:`,
    });
    return [key, { parent_path: resource_path, ...one, serialized_dashboard }] as [string, Dashboard];
  };
  return Object.fromEntries(Object.entries(dashboards).map(read));
}

/**
 * Returns a job as it is sent to the workspace: with the paths of the notebooks in the workspace, and with the mark
 * that identifies the bundle.
 */
function inWorkspace(job: Job, { file_path, state_path }: Bundle['workspace']): Job {
  const tasks = job.tasks?.map((task) => {
    const name = at(task, 'notebook_task.notebook_path');
    if (typeof name !== 'string' || name.startsWith('/')) return task;
    const notebook_path = `${file_path}/${name.replace(/\.(py|sql)$/, '')}`;
    return { ...task, notebook_task: { ...(task.notebook_task as Tree), notebook_path } };
  });
  return {
    ...job,
    ...(tasks && { tasks }),
    // Omits empty strings, such as an instance profile that is not set.
    ...(Array.isArray(job.job_clusters) && { job_clusters: job.job_clusters.map(withoutEmpty) }),
    deployment: { kind: 'BUNDLE', metadata_file_path: `${state_path}/metadata.json` },
    edit_mode: 'UI_LOCKED',
    format: 'MULTI_TASK',
  };
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isTree(value)) return value;
  const present = Object.entries(value).filter(([, one]) => one !== '');
  return Object.fromEntries(present.map(([key, one]) => [key, withoutEmpty(one)]));
}

const PATHS = {
  root_path: '${workspace.root_path}',
  file_path: '${workspace.file_path}',
  state_path: '${workspace.state_path}',
  resource_path: '${workspace.resource_path}',
};

const pick = (tree: Tree, keys: readonly string[]): Tree =>
  Object.fromEntries(keys.filter((key) => tree[key] !== undefined).map((key) => [key, tree[key]]));

/** Returns the files to upload: exactly those that `sync` names, whether or not Git tracks them. */
async function filesOf(root: string, sync: Tree): Promise<string[]> {
  const list = (key: string) => (Array.isArray(sync[key]) ? (sync[key] as unknown[]).map(String) : []);
  if (list('paths').length + list('include').length === 0)
    throw new BundleError(['databricks.yml has no sync.paths, the list of folders to upload: add it.']);
  const found = await Promise.all([
    ...list('paths').map((folder) => filesBelow(root, path.posix.normalize(folder))),
    ...list('include').map((pattern) => filesMatching(root, pattern, gitignored([pattern]))),
  ]);
  const excluded = gitignored(list('exclude'));
  return [...new Set(found.flat())].filter((file) => !excluded(file)).sort();
}
