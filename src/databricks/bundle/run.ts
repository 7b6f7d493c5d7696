/** Starts a run of a deployed job and follows it to its end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { jobs as api } from '@databricks/sdk-experimental';
import { AppError } from '../../errors.ts';
import { type WaitOptions, waitUntil } from '../../wait.ts';
import { collect, isMissing, type Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { jobsOf } from './jobs.ts';

/** One task's newest attempt. */
export interface TaskView {
  readonly task: string;
  /** `BLOCKED`, `PENDING`, `RUNNING`, then `SUCCESS`, `FAILED`, `UPSTREAM_FAILED`, `CANCELED`… */
  readonly state: string;
  /** Since its notebook began; undefined before. */
  readonly seconds: number | undefined;
  readonly attempt: number;
  /** Of an attempt that failed: notebook, cell, line and error where the workspace tells them. */
  readonly error?: string;
}

export interface RunView {
  readonly run_id: number;
  readonly url: string;
  /** As a task's. */
  readonly state: string;
  readonly message: string;
  readonly tasks: readonly TaskView[];
  readonly ended: boolean;
}

export interface RunOptions {
  /** Job parameters that go before the job's defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Ends runs of the job that are under way, and waits for their end, before it starts one. */
  readonly restart?: boolean;
  /** Hears how the run is whenever that was asked. */
  readonly report?: (run: RunView) => void;
  /** Cancels the run when it aborts; it is followed to its end all the same. */
  readonly signal?: AbortSignal;
  /** How often the workspace is asked. */
  readonly everyMs?: number;
}

const EVERY_MS = 1000;

/** A canceled run ends when its tasks have; a cluster that is starting comes up first. */
const RUNS_END_TIMEOUT_MS = 900_000;

/**
 * Runs the job under `key` in the bundle and resolves when the run has ended, also where it failed. Prints nothing.
 * @throws AppError where there is no such job, or it is not deployed
 */
export async function runJob(
  workspace: Workspace,
  bundle: Bundle,
  key: string,
  options: RunOptions = {},
): Promise<RunView> {
  const { parameters, restart, report, signal, everyMs = EVERY_MS } = options;
  const job_id = await deployedId(workspace, bundle, key);
  if (restart)
    await endRuns(workspace, job_id, { what: `the runs of ${key} to end`, intervalMs: everyMs, signal });
  const request = {
    job_id,
    // The same run, however often it is asked for.
    idempotency_token: randomUUID(),
    ...(parameters && { job_parameters: { ...parameters } }),
  };
  const run_id = await workspace.call(async (client) => {
    const started = await client.jobs.runNow(request);
    return started.run_id as number;
  });
  let canceled = false;
  for (;;) {
    if (signal?.aborted && !canceled) {
      canceled = true;
      await workspace.call(async (client) => void (await client.jobs.cancelRun({ run_id })));
    }
    const run = await workspace.call((client) => client.jobs.getRun({ run_id }));
    const view = viewOf(run);
    if (view.ended) {
      const last = {
        ...view,
        tasks: await Promise.all(view.tasks.map((task) => withError(workspace, run, task))),
      };
      report?.(last);
      return last;
    }
    report?.(view);
    await sleep(everyMs, undefined, canceled || !signal ? {} : { signal }).catch(() => {});
  }
}

async function endRuns(
  workspace: Workspace,
  job_id: number,
  wait: Omit<WaitOptions, 'timeoutMs'>,
): Promise<void> {
  const active = () =>
    workspace.call((client) => collect(client.jobs.listRuns({ job_id, active_only: true })));
  if ((await active()).length === 0) return;
  await workspace.call(async (client) => void (await client.jobs.cancelAllRuns({ job_id })));
  await waitUntil(async () => (await active()).length === 0, { ...wait, timeoutMs: RUNS_END_TIMEOUT_MS });
}

/** @throws AppError */
async function deployedId(workspace: Workspace, bundle: Bundle, key: string): Promise<number> {
  const wanted = bundle.jobs[key];
  if (!wanted)
    throw new AppError(
      'NO_JOB',
      `There is no job "${key}" in the bundle for target ${bundle.target}: ${Object.keys(bundle.jobs).join(', ')}.`,
    );
  const found = (await jobsOf(workspace, bundle)).find(({ settings }) => settings.name === wanted.name);
  if (!found)
    throw new AppError(
      'NOT_DEPLOYED',
      `The job ${wanted.name} is not deployed: npm run bundle deploy ${bundle.target}.`,
    );
  return found.job_id;
}

function viewOf(run: api.Run): RunView {
  // Every attempt is one entry: the newest stands last.
  const newest = new Map((run.tasks ?? []).map((task) => [task.task_key, task]));
  return {
    run_id: run.run_id as number,
    url: run.run_page_url ?? '',
    state: stateOf(run),
    message: run.state?.state_message ?? '',
    ended: run.state?.result_state !== undefined || ENDED.includes(run.state?.life_cycle_state ?? ''),
    tasks: [...newest.values()].map((task) => ({
      task: task.task_key,
      state: stateOf(task),
      seconds: secondsOf(task),
      attempt: task.attempt_number ?? 0,
    })),
  };
}

const ENDED = ['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR'];

const stateOf = ({ state }: Pick<api.Run, 'state'>): string =>
  state?.result_state ?? state?.life_cycle_state ?? 'PENDING';

const NOT_BEGUN = ['BLOCKED', 'PENDING', 'QUEUED', 'WAITING_FOR_RETRY'];

function secondsOf({ state, start_time = 0, end_time = 0 }: api.RunTask): number | undefined {
  if (
    !start_time ||
    NOT_BEGUN.includes(state?.life_cycle_state ?? '') ||
    stateOf({ state } as api.Run) === 'UPSTREAM_FAILED'
  )
    return undefined;
  return ((end_time || Date.now()) - start_time) / 1000;
}

const WENT_WELL = [
  'SUCCESS',
  'SUCCESS_WITH_FAILURES',
  'UPSTREAM_FAILED',
  'UPSTREAM_CANCELED',
  'EXCLUDED',
  'CANCELED',
];

/**
 * The emulator's message names notebook, cell and line; Databricks' message is general, and its output holds the
 * error.
 */
async function withError(workspace: Workspace, run: api.Run, task: TaskView): Promise<TaskView> {
  if (WENT_WELL.includes(task.state)) return task;
  const attempt = run.tasks?.findLast(({ task_key }) => task_key === task.task);
  const message = attempt?.state?.state_message ?? '';
  if (message.startsWith('Notebook ') || attempt?.run_id === undefined) return { ...task, error: message };
  const output = await outputOf(workspace, attempt.run_id);
  return { ...task, error: output?.error ?? message };
}

/** Returns what a task's run left behind; undefined where it left nothing. */
export async function outputOf(workspace: Workspace, run_id: number): Promise<api.RunOutput | undefined> {
  try {
    return await workspace.call((client) => client.jobs.getRunOutput({ run_id }));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
