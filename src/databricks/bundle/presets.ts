/** What a target does to all its resources, as the Databricks CLI does it: names with a prefix, schedules paused, tags. */
import { normalName, shortName } from './lookup.ts';
import { isTree, type Tree } from './tree.ts';

/** How many runs a job may have at once where a developer tries things. */
const DEVELOPMENT_RUNS = 4;

/** `resources` with the target's presets and, in development mode, its rules; then what the CLI writes where nothing is said. */
export function withPresets(
  resources: Tree,
  presets: Tree,
  mode: string | undefined,
  userName: string,
): Tree {
  const short = shortName(userName);
  const development =
    mode === 'development'
      ? {
          name_prefix: `[dev ${short}] `,
          trigger_pause_status: 'PAUSED',
          jobs_max_concurrent_runs: DEVELOPMENT_RUNS,
          tags: { dev: short },
        }
      : {};
  const all = {
    ...development,
    ...presets,
    tags: { ...(isTree(development.tags) && development.tags), ...(isTree(presets.tags) && presets.tags) },
  } as Record<string, unknown>;
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

/** `[dev jane] ` becomes `dev_jane_`. */
const schemaPrefix = (prefix: string): string =>
  normalName(prefix) + (prefix.trim().endsWith(']') ? '_' : '');
