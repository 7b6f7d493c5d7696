/** Queries the last runs of the pipeline's jobs from the workspace's jobs API. */
import type { jobs as api } from '@databricks/sdk-experimental';
import { collect, type Workspace } from '../client.ts';
import { isOfPipeline } from '../jobs.ts';
import type { Run } from './data.ts';

/** The number of runs shown for each job, and for all jobs. */
const OF_A_JOB = 3;
const OF_ALL = 10;

/** The page size of the list of jobs. */
const PAGE = 100;

export interface PipelineTables {
  readonly id: string;
  readonly catalog: string;
  readonly schema: string;
}

/** Returns the newest runs, newest first, of this pipeline's jobs that write to the given schema. */
export async function lastRuns(
  workspace: Workspace,
  { id, catalog, schema }: PipelineTables,
): Promise<Run[]> {
  const jobs = await workspace.call((client) => collect(client.jobs.list({ limit: PAGE })));
  const found: Run[] = [];
  for (const { job_id = 0, settings: { name = '' } = {} } of jobs.filter((job) =>
    isOfPipeline(id, job.settings?.tags),
  )) {
    const { settings } = await workspace.call((client) => client.jobs.get({ job_id }));
    const writes = new Map(settings?.parameters?.map((parameter) => [parameter.name, parameter.default]));
    if ((writes.get('catalog') ?? catalog) !== catalog || (writes.get('schema') ?? schema) !== schema)
      continue;
    const runs = await workspace.call((client) => firstOf(client.jobs.listRuns({ job_id, limit: OF_A_JOB })));
    found.push(...runs.map((run) => runOf(name, run)));
  }
  return found.sort((a, b) => b.started.getTime() - a.started.getTime()).slice(0, OF_ALL);
}

/** Returns the first entries of a list. Iterating over the whole list would fetch all its pages. */
async function firstOf<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) if (found.push(one) === OF_A_JOB) break;
  return found;
}

function runOf(job: string, { start_time = 0, end_time = 0, run_page_url, state }: api.BaseRun): Run {
  const result = state?.result_state ?? state?.life_cycle_state ?? 'unknown';
  return {
    job,
    started: new Date(start_time),
    // end_time is 0 until the run has ended.
    ...(end_time > 0 && { seconds: (end_time - start_time) / 1000 }),
    result: result.toLowerCase().replaceAll('_', ' '),
    ...(run_page_url && { url: run_page_url }),
  };
}
