/** Finds what still writes to or reads from the pipeline: running or scheduled jobs, and arriving records. */
import { collect, connect } from '../../src/databricks/client.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { isOfPipeline } from '../../src/databricks/jobs.ts';
import { AppError } from '../../src/errors.ts';
import { stackName, streamName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { metricSum } from '../doctor/questions.ts';
import type { Session } from '../session.ts';

export interface Running {
  /** A sentence for each thing that still runs. */
  readonly found: readonly string[];
  /** A sentence for each check that could not be made. */
  readonly unasked: readonly string[];
}

/** The period that is checked for arriving records. It is long, because CloudWatch publishes a minute's value some minutes later. */
const RECENT_MS = 15 * 60_000;

/** Asks CloudWatch and, if a workspace is set, the workspace, and returns what still runs. */
export async function whatRuns(
  session: Session,
  connection: Pick<Connection, 'host' | 'token'> | undefined,
  now = new Date(),
): Promise<Running> {
  const found: string[] = [];
  const unasked: string[] = [];
  const ask = async (what: string, question: () => Promise<string[]>) => {
    try {
      found.push(...(await question()));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unasked.push(`${what}: ${error.message}`);
    }
  };
  if (connection === undefined)
    unasked.push('jobs: DATABRICKS_HOST and DATABRICKS_TOKEN are not set; pause the jobs yourself');
  else await ask('jobs', () => runningJobs(connection, session.infra.id));
  await ask('producers', () => incoming(session, now));
  return { found, unasked };
}

async function runningJobs(connection: Pick<Connection, 'host' | 'token'>, id: string): Promise<string[]> {
  const workspace = connect(connection);
  const jobs = await workspace.call((client) => collect(client.jobs.list({})));
  const ours = jobs.filter((job) => isOfPipeline(id, job.settings?.tags));
  // The list omits jobs that the token may not view, such as those of the service principal in prod.
  if (ours.length === 0)
    throw new AppError(
      'JOBS_NOT_SEEN',
      `this token sees no job of pipeline ${id}. If there are jobs, pause them yourself, or use the token of a workspace admin`,
    );
  const sentences: string[] = [];
  for (const { job_id, settings } of ours) {
    const by = [settings?.continuous, settings?.schedule, settings?.trigger].find(
      (one) => one !== undefined && one.pause_status !== 'PAUSED',
    );
    if (by !== undefined) sentences.push(`job ${settings?.name} starts automatically: pause it`);
    const query = { active_only: true, ...(job_id !== undefined && { job_id }) };
    const runs = await workspace.call((client) => collect(client.jobs.listRuns(query)));
    if (runs.length > 0) sentences.push(`job ${settings?.name} is running: cancel it and wait until it ends`);
  }
  return sentences;
}

async function incoming({ aws, infra }: Session, now: Date): Promise<string[]> {
  const since = new Date(now.getTime() - RECENT_MS);
  const minutes = RECENT_MS / 60_000;
  const sentences: string[] = [];
  for (const { name } of datasets) {
    const stream = streamName(infra.id, name);
    const dimensions = { StreamName: stream };
    const sum = await metricSum(
      aws,
      { namespace: 'AWS/Kinesis', name: 'IncomingRecords', dimensions, since },
      now,
    );
    if (sum)
      sentences.push(
        `stream ${stream} received ${sum} records in the last ${minutes} min: stop the producer and wait ${minutes} min`,
      );
  }
  const dimensions = { ApiName: stackName(infra.id, 'api') };
  const calls = await metricSum(aws, { namespace: 'AWS/ApiGateway', name: 'Count', dimensions, since }, now);
  if (calls)
    sentences.push(
      `the API received ${calls} calls in the last ${minutes} min: stop the producer and wait ${minutes} min`,
    );
  return sentences;
}
