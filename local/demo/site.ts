/** The workspace of a day: deploys the bundle to it, runs its jobs and queries its tables, all through its API. */
import pLimit from 'p-limit';
import { type Bundle, loadBundle } from '../../src/databricks/bundle/bundle.ts';
import { deploy } from '../../src/databricks/bundle/deploy.ts';
import { type RunView, runJob } from '../../src/databricks/bundle/run.ts';
import { connect, type Workspace } from '../../src/databricks/client.ts';
import { openSql } from '../../src/databricks/sql.ts';
import { AppError } from '../../src/errors.ts';
import { ROOT } from '../../src/root.ts';
import type { Workspace as LocalWorkspace } from '../workspace/start.ts';
import type { Day, RunStatement } from './day.ts';

/** Interval between two polls of a run's state. It is short, because a user watches the output. */
const POLL_INTERVAL_MS = 300;

export interface Site {
  readonly workspace: Workspace;
  readonly bundle: Bundle;
  readonly ask: RunStatement;
}

/** Waits until the workspace is ready, and deploys the bundle to it. */
export async function openSite(
  { settings, story, signal, closing }: Day,
  starting: Promise<LocalWorkspace>,
): Promise<Site> {
  const local = await story.stage(
    'workspace',
    () => starting,
    ({ host }) => `an emulator of Databricks at ${host}, on a real Spark`,
  );
  const workspace = connect(local);
  const bundle = await story.stage(
    'deploy',
    async () => {
      const { userName = '' } = await workspace.call((client) => client.currentUser.me());
      const person = { userName, host: local.host };
      // The demo starts the jobs itself, so they have no schedule.
      const variables = { pipeline_id: settings.id, scheduler: 'none' };
      const bundle = await loadBundle({ root: ROOT, target: 'local', person, variables });
      await deploy(workspace, bundle, { user: userName, signal });
      return bundle;
    },
    ({ files, jobs }) =>
      `the bundle, target local: ${files.length} notebooks, ${Object.keys(jobs).length} jobs`,
  );
  const sql = await openSql(local);
  closing.push(() => sql.close());
  // At most two statements run at once. With more statements than cores, each statement would only be slower.
  const limit = pLimit(2);
  return { workspace, bundle, ask: (statement) => limit(() => sql.query(statement)) };
}

/** Runs a job of the bundle and prints each task when the task ends. @throws AppError if the job did not succeed */
export async function runToSuccess(
  { story, signal }: Day,
  { workspace, bundle }: Site,
  key: string,
): Promise<RunView> {
  const shown = new Set<string>();
  const report = ({ tasks }: RunView) => {
    for (const { task, state, seconds } of tasks) {
      if (seconds === undefined || state === 'RUNNING' || shown.has(task)) continue;
      shown.add(task);
      story.step(task, seconds, state);
    }
  };
  const run = await runJob(workspace, bundle, key, { signal, everyMs: POLL_INTERVAL_MS, report });
  signal.throwIfAborted();
  if (run.state !== 'SUCCESS') throw failure(key, run);
  return run;
}

/** A continuous job: it runs until it is stopped. */
export interface ContinuousRun {
  /** Rejects when the run ends without `stop`, which happens only after an error. */
  readonly failed: Promise<never>;
  /** Cancels the run and resolves when it has ended. */
  stop(): Promise<void>;
}

export function startContinuous(
  { workspace, bundle }: Site,
  key: string,
  parameters: Readonly<Record<string, string>>,
): ContinuousRun {
  const stopping = new AbortController();
  const { signal } = stopping;
  const ending = runJob(workspace, bundle, key, { parameters, signal, everyMs: POLL_INTERVAL_MS });
  const failed = ending.then((run) => Promise.reject(failure(key, run)));
  // A caller that only stops the run does not await `failed`. Without this handler, its rejection would be unhandled.
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      stopping.abort();
      await ending.catch(() => {});
    },
  };
}

function failure(key: string, { state, message, tasks }: RunView): AppError {
  const failed = tasks.find(({ error }) => error);
  const why = failed ? `: task ${failed.task}: ${failed.error}` : message && `: ${message}`;
  return new AppError('JOB_FAILED', `The job ${key} ended as ${state}${why}`);
}
