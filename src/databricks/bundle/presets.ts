/**
 * Applies a target's settings to all resources: the prefix of names, paused schedules, and its `presets`. Development
 * mode differs from the Databricks CLI: it does not tag jobs, and does not allow four concurrent runs of each job.
 */
import { normalName, shortName } from './lookup.ts';
import { isTree, type Tree } from './tree.ts';

/** Returns `resources` with the target's presets, the presets of development mode if it is on, and the CLI's defaults. */
export function withPresets(
  resources: Tree,
  presets: Tree,
  mode: string | undefined,
  userName: string,
): Tree {
  const development =
    mode === 'development'
      ? { name_prefix: `[dev ${shortName(userName)}] `, trigger_pause_status: 'PAUSED' }
      : {};
  const all: Tree = { ...development, ...presets };
  const prefix = String(all.name_prefix ?? '');
  const each = (kind: string, change: (one: Tree) => Tree) =>
    isTree(resources[kind]) && {
      [kind]: Object.fromEntries(
        Object.entries(resources[kind]).map(([key, one]) => [key, isTree(one) ? change(one) : one]),
      ),
    };
  return {
    ...resources,
    ...each('jobs', (job) => jobWith(job, all, prefix)),
    ...each('dashboards', (one) => ({ ...one, display_name: `${prefix}${one.display_name}` })),
    ...each('schemas', (schema) => ({ ...schema, name: `${schemaPrefix(prefix)}${schema.name}` })),
    ...each('volumes', (volume) => ({ volume_type: 'MANAGED', ...volume })),
  };
}

function jobWith(job: Tree, presets: Tree, prefix: string): Tree {
  const { name = 'Untitled', tags, schedule, continuous, trigger, ...rest } = job;
  const pause_status = presets.trigger_pause_status ?? 'UNPAUSED';
  const started = (one: unknown, key: string) => isTree(one) && { [key]: { pause_status, ...one } };
  const allTags = { ...(presets.tags as Tree), ...(isTree(tags) && tags) };
  return {
    name: `${prefix}${name}`,
    max_concurrent_runs: presets.jobs_max_concurrent_runs ?? 1,
    queue: { enabled: true },
    ...rest,
    ...(Object.keys(allTags).length > 0 && { tags: allTags }),
    ...started(schedule, 'schedule'),
    ...started(continuous, 'continuous'),
    ...started(trigger, 'trigger'),
  };
}

/** Returns the prefix for schemas: `dev_jane_` for `[dev jane] `. */
const schemaPrefix = (prefix: string): string =>
  normalName(prefix) + (prefix.trim().endsWith(']') ? '_' : '');
