/**
 * Plans jobs. Every job of a bundle has a mark that identifies the bundle, so that no job is created twice or left
 * behind.
 */
import type { jobs as api } from '@databricks/sdk-experimental';
import { collect, ifMissing, type Workspace } from '../client.ts';
import type { Bundle, Job } from './bundle.ts';
import { createOnce } from './create-once.ts';
import { differences, hashOf } from './difference.ts';
import type { Planning, Step } from './step.ts';
import { at } from './tree.ts';

export interface DeployedJob {
  readonly job_id: number;
  readonly settings: Readonly<Record<string, unknown>> & { readonly name: string };
}

const PAGE = 100;

/**
 * Returns all jobs of this bundle and target, the oldest first. The API's list of jobs may omit the mark, so the mark
 * of each candidate is read separately.
 */
export async function jobsOf(
  workspace: Workspace,
  bundle: Bundle,
  known: readonly number[] = [],
): Promise<DeployedJob[]> {
  const mark = markOf(bundle);
  const names = new Set(Object.values(bundle.jobs).map(({ name }) => name));
  const listed = await workspace.call((client) => collect(client.jobs.list({ limit: PAGE })));
  const candidates = listed.filter(
    ({ job_id = 0, settings = {} }) =>
      markIn(settings) === mark || names.has(settings.name ?? '') || known.includes(job_id),
  );
  const found: DeployedJob[] = [];
  for (const { job_id = 0 } of candidates.sort((a, b) => (a.created_time ?? 0) - (b.created_time ?? 0))) {
    const settings = await settingsOf(workspace, job_id);
    if (settings && markIn(settings) === mark) found.push({ job_id, settings });
  }
  return found;
}

const markOf = ({ workspace }: Bundle): string => `${workspace.state_path}/metadata.json`;

const markIn = (settings: unknown): unknown => at(settings, 'deployment.metadata_file_path');

async function settingsOf(
  workspace: Workspace,
  job_id: number,
): Promise<DeployedJob['settings'] | undefined> {
  const job = await workspace.call((client) => client.jobs.get({ job_id })).catch(ifMissing);
  return job?.settings as unknown as DeployedJob['settings'] | undefined;
}

/**
 * Plans the jobs. Each job of the bundle is searched for among the workspace's jobs with this bundle's mark: by the id
 * in the record, otherwise by the name. All other jobs with the mark are deleted.
 */
export async function planJobs({
  workspace,
  bundle,
  deployed,
}: Planning): Promise<{ set: Step[]; remove: Step[] }> {
  const ids = Object.values(deployed.jobs).map(({ job_id }) => job_id);
  const left = await jobsOf(workspace, bundle, ids);
  const take = (key: string, name: string): DeployedJob | undefined => {
    const byId = left.findIndex(({ job_id }) => job_id === deployed.jobs[key]?.job_id);
    const index = byId >= 0 ? byId : left.findIndex(({ settings }) => settings.name === name);
    return index < 0 ? undefined : left.splice(index, 1)[0];
  };
  const set = Object.entries(bundle.jobs).flatMap(([key, job]) => {
    const { lifecycle: _, ...settings } = job;
    const there = take(key, job.name);
    if (!there) return [creating(workspace, bundle, key, settings as Job)];
    const known = deployed.jobs[key];
    const same = known?.sent === hashOf(settings) && known.answered === hashOf(there.settings);
    return same ? [] : [updating(workspace, key, settings as Job, there)];
  });
  return { set, remove: left.map((job) => removing(workspace, job)) };
}

function creating(workspace: Workspace, bundle: Bundle, key: string, settings: Job): Step {
  return {
    changes: [{ action: 'create', kind: 'job', name: settings.name, details: [] }],
    async apply(deployed) {
      const job_id = await create(workspace, bundle, settings);
      deployed.jobs[key] = await recordOf(workspace, job_id, settings);
    },
  };
}

/** Creates a job and returns its id. */
const create = (workspace: Workspace, bundle: Bundle, settings: Job): Promise<number> =>
  createOnce({
    async create() {
      const request = settings as unknown as api.CreateJob;
      return (await workspace.once((client) => client.jobs.create(request))).job_id as number;
    },
    find: async () =>
      (await jobsOf(workspace, bundle)).find((job) => job.settings.name === settings.name)?.job_id,
  });

function updating(
  workspace: Workspace,
  key: string,
  settings: Job,
  { job_id, settings: before }: DeployedJob,
): Step {
  return {
    changes: [{ action: 'update', kind: 'job', name: settings.name, details: differences(before, settings) }],
    async apply(deployed) {
      const new_settings = settings as unknown as api.JobSettings;
      await workspace.call((client) => client.jobs.reset({ job_id, new_settings }));
      deployed.jobs[key] = await recordOf(workspace, job_id, settings);
    },
  };
}

const recordOf = async (workspace: Workspace, job_id: number, settings: Job) => ({
  job_id,
  sent: hashOf(settings),
  answered: hashOf(await settingsOf(workspace, job_id)),
});

/** Returns the step that deletes a job that the bundle no longer has, or that exists twice. */
export function removing(workspace: Workspace, { job_id, settings }: DeployedJob): Step {
  return {
    changes: [{ action: 'delete', kind: 'job', name: settings.name, details: [] }],
    async apply(deployed) {
      await workspace.call((client) => client.jobs.delete({ job_id })).catch(ifMissing);
      for (const [key, known] of Object.entries(deployed.jobs))
        if (known.job_id === job_id) delete deployed.jobs[key];
    },
  };
}
