/** The last runs of the pipeline's jobs, by the workspace's jobs API. */
import sdk, { type WorkspaceClient } from '@databricks/sdk-experimental';
import { jobName } from '../../names.ts';
import type { Connection } from '../connection.ts';
import type { Run } from './data.ts';

/** Calls the SDK, which may take more than one try. */
export type Call = <T>(what: (client: WorkspaceClient) => Promise<T>) => Promise<T>;

/** The SDK's own client; it verifies certificates only where it is told to. */
export function sdkCall({ host, token }: Connection): Call {
  const options = { host, token, authType: 'pat', skipVerify: false, loaders: [] };
  const client = new sdk.WorkspaceClient(
    options as unknown as ConstructorParameters<typeof WorkspaceClient>[0],
    { product: 'pinterest-event-pipeline', productVersion: '0.1.0' },
  );
  return (what) => what(client);
}

/** Runs that are shown of each job, and of all of them. */
const OF_A_JOB = 3;
const OF_ALL = 10;

export interface Place {
  readonly id: string;
  readonly catalog: string;
  readonly schema: string;
}

/** Newest first: of the jobs of this pipeline whose tables are in that schema. */
export async function lastRuns(call: Call, { id, catalog, schema }: Place): Promise<Run[]> {
  // In development the bundle puts its user before a job's name.
  const ours = new RegExp(`(^|\\] )${jobName(id, '')}`);
  const runs = await call(async ({ jobs }) => {
    const found: Run[] = [];
    for await (const { job_id, settings } of jobs.list({})) {
      if (job_id === undefined || !settings?.name || !ours.test(settings.name)) continue;
      const { settings: all } = await jobs.get({ job_id });
      const writes = new Map(all?.parameters?.map((parameter) => [parameter.name, parameter.default]));
      if ((writes.get('catalog') ?? catalog) !== catalog || (writes.get('schema') ?? schema) !== schema)
        continue;
      let shown = 0;
      for await (const run of jobs.listRuns({ job_id, limit: OF_A_JOB })) {
        found.push(runOf(settings.name, run));
        shown += 1;
        if (shown === OF_A_JOB) break;
      }
    }
    return found;
  });
  return runs.sort((a, b) => b.started.getTime() - a.started.getTime()).slice(0, OF_ALL);
}

interface Told {
  readonly start_time?: number;
  readonly end_time?: number;
  readonly run_page_url?: string;
  readonly state?: { readonly life_cycle_state?: string; readonly result_state?: string };
}

function runOf(job: string, { start_time = 0, end_time = 0, run_page_url, state }: Told): Run {
  const result = state?.result_state ?? state?.life_cycle_state ?? 'unknown';
  return {
    job,
    started: new Date(start_time),
    // 0 until it has ended.
    ...(end_time > 0 && { seconds: (end_time - start_time) / 1000 }),
    result: result.toLowerCase().replaceAll('_', ' '),
    ...(run_page_url && { url: run_page_url }),
  };
}
