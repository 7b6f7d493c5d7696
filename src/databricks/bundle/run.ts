/** Starts a run of a deployed job and follows it to its end. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { jobs as api } from '@databricks/sdk-experimental';
import { AppError } from '../../errors.ts';
import { type WaitOptions, waitUntil } from '../../wait.ts';
import { collect, ifMissing, notWorkspace, type Workspace } from '../client.ts';
import type { Bundle } from './bundle.ts';
import { jobsOf } from './jobs.ts';
import type { Job } from './model.ts';
import { at } from './tree.ts';

/** The latest attempt of a task. */
export interface TaskView {
  readonly task: string;
  /** `BLOCKED`, `PENDING`, `RUNNING`, then `SUCCESS`, `FAILED`, `UPSTREAM_FAILED`, `CANCELED`… */
  readonly state: string;
  /**
   * The time since the task's notebook began, or the time that the notebook took, in seconds; undefined before it
   * begins.
   */
  readonly seconds: number | undefined;
  readonly attempt: number;
  /** The error of a failed attempt, with notebook, cell and line if the workspace reports them. */
  readonly error?: string;
}

export interface RunView {
  readonly run_id: number;
  readonly url: string;
  /** The same values as a task's `state`. */
  readonly state: string;
  readonly message: string;
  readonly tasks: readonly TaskView[];
  readonly ended: boolean;
}

export interface RunOptions {
  /** Job parameters; they take precedence over the job's defaults. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whether to cancel current runs of the job first, and wait for their end. */
  readonly restart?: boolean;
  /** Called with the state of the run after each poll. */
  readonly report?: (run: RunView) => void;
  /**
   * When the signal aborts, cancels the run; `runJob` still waits for the run's end. Before the run has started, `runJob` throws the
   * signal's reason.
   */
  readonly signal?: AbortSignal;
  /** Polling interval, in milliseconds. */
  readonly everyMs?: number;
}

const EVERY_MS = 1000;

/**
 * Time limit for the end of canceled runs. It is long because a run ends after its tasks, and a task can't end while its cluster
 * starts.
 */
const RUNS_END_TIMEOUT_MS = 900_000;

/** Returns whether Databricks starts the job's runs itself, one after another. Nobody can wait for the end of such a run. */
export const isAlwaysRunning = (job: Job | undefined): boolean =>
  at(job, 'continuous.pause_status') === 'UNPAUSED';

/**
 * Runs the job with the key `key` of the bundle and resolves when the run has ended, even if it failed; if the job is always
 * running, when the run was started. Prints nothing.
 * @throws AppError if there is no such job, or it is not deployed
 */
export async function runJob(
  workspace: Workspace,
  bundle: Bundle,
  key: string,
  options: RunOptions = {},
): Promise<RunView> {
  const { parameters, restart, report, signal, everyMs = EVERY_MS } = options;
  const job = jobIn(bundle, key);
  requireKnown(parameters, job, key);
  const job_id = await deployedId(workspace, bundle, job);
  if (restart)
    await endRuns(workspace, job_id, { what: `the runs of ${key} to end`, intervalMs: everyMs, signal });
  const request = {
    job_id,
    // Retries of the request return the same run.
    idempotency_token: randomUUID(),
    ...(parameters && { job_parameters: { ...parameters } }),
  };
  signal?.throwIfAborted();
  const run_id = await workspace.call(async (client) => {
    const { run_id } = (await client.jobs.runNow(request)) ?? {};
    if (run_id === undefined) throw notWorkspace(workspace.host);
    return run_id;
  });
  let canceled = false;
  for (;;) {
    if (signal?.aborted && !canceled) {
      canceled = true;
      await workspace.call(async (client) => void (await client.jobs.cancelRun({ run_id })));
    }
    const run = await workspace.call((client) => client.jobs.getRun({ run_id }));
    if (!run?.state) throw notWorkspace(workspace.host);
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
    if (isAlwaysRunning(job)) return view;
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

/** @throws AppError if the bundle has no such job */
function jobIn({ jobs, target }: Bundle, key: string): Job {
  const job = jobs[key];
  if (job) return job;
  throw new AppError(
    'NO_JOB',
    `There is no job "${key}" in the bundle for target ${target}; the jobs are ${Object.keys(jobs).join(', ')}.`,
  );
}

/** Databricks accepts a parameter that the job does not have, and the run would ignore it. @throws AppError */
function requireKnown(given: RunOptions['parameters'], job: Job, key: string): void {
  const known = ((job.parameters ?? []) as readonly { name: string }[]).map(({ name }) => name);
  const unknown = Object.keys(given ?? {}).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new AppError(
      'NO_PARAMETER',
      `The job ${key} has no parameter "${unknown}"; its parameters are ${known.join(', ') || 'none'}.`,
    );
}

async function deployedId(workspace: Workspace, bundle: Bundle, { name }: Job): Promise<number> {
  const found = (await jobsOf(workspace, bundle)).find(({ settings }) => settings.name === name);
  if (!found)
    throw new AppError(
      'NOT_DEPLOYED',
      `The job ${name} is not deployed: run "npm run bundle deploy ${bundle.target}" first.`,
    );
  return found.job_id;
}

function viewOf(run: api.Run): RunView {
  // `tasks` has an entry for each attempt of a task; the latest attempt comes last.
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
 * Adds the error of a failed task. The emulator's message names notebook, cell and line; Databricks' message is general,
 * and the error is in the task's output.
 */
async function withError(workspace: Workspace, run: api.Run, task: TaskView): Promise<TaskView> {
  if (WENT_WELL.includes(task.state)) return task;
  const attempt = run.tasks?.findLast(({ task_key }) => task_key === task.task);
  const message = attempt?.state?.state_message ?? '';
  if (message.startsWith('Notebook ') || attempt?.run_id === undefined) return { ...task, error: message };
  const output = await outputOf(workspace, attempt.run_id);
  return { ...task, error: output?.error ?? message };
}

/** Returns the output of a task's run; undefined if there is none. */
export const outputOf = (workspace: Workspace, run_id: number): Promise<api.RunOutput | undefined> =>
  workspace.call((client) => client.jobs.getRunOutput({ run_id })).catch(ifMissing);
