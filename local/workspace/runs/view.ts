/** Runs in the format of the Jobs API, with both `state` (2.1) and `status` (2.2). */
import type { Attempt, Progress, RunRecord } from './record.ts';

/** The API's `termination_details` of each result. */
const CODES: Readonly<Record<NonNullable<Progress['result']>, { code: string; type: string }>> = {
  SUCCESS: { code: 'SUCCESS', type: 'SUCCESS' },
  FAILED: { code: 'RUN_EXECUTION_ERROR', type: 'CLIENT_ERROR' },
  TIMEDOUT: { code: 'CANCELED', type: 'CLIENT_ERROR' },
  CANCELED: { code: 'USER_CANCELED', type: 'SUCCESS' },
  UPSTREAM_FAILED: { code: 'SKIPPED', type: 'SUCCESS' },
  MAXIMUM_CONCURRENT_RUNS_REACHED: { code: 'MAX_CONCURRENT_RUNS_EXCEEDED', type: 'CLIENT_ERROR' },
};

const INTERNAL = { code: 'INTERNAL_ERROR', type: 'INTERNAL_ERROR' };

/** @param host: the workspace's address, for URLs of pages. The local workspace does not serve these pages. */
export function runView(run: RunRecord, host: string, withTasks = true) {
  const overriding = run.parameters.filter(({ value, ...one }) => value !== one.default);
  return {
    job_id: run.job_id,
    run_id: run.run_id,
    number_in_job: run.number_in_job,
    original_attempt_run_id: run.run_id,
    creator_user_name: run.creator_user_name,
    run_name: run.run_name,
    run_type: 'JOB_RUN',
    format: 'MULTI_TASK',
    trigger: run.trigger,
    job_parameters: run.parameters,
    overriding_parameters: {
      job_parameters: Object.fromEntries(overriding.map(({ name, value }) => [name, value])),
    },
    ...progressView(run, run.result === 'FAILED' ? 'INTERNAL_ERROR' : run.phase),
    run_duration: (run.end_time ?? Date.now()) - run.start_time,
    run_page_url: `${host}/?#job/${run.job_id}/run/${run.run_id}`,
    ...(withTasks && { tasks: run.attempts.map((attempt) => attemptView(run, attempt, host)) }),
  };
}

/** Returns an entry of a run's list of tasks. Each attempt of a task is a separate entry with its own run id. */
export function attemptView(run: RunRecord, attempt: Attempt, host: string) {
  const task = run.tasks.find(({ task_key }) => task_key === attempt.task_key);
  return {
    ...task,
    job_id: run.job_id,
    run_id: attempt.run_id,
    attempt_number: attempt.attempt_number,
    ...progressView(attempt),
    run_page_url: `${host}/?#job/${run.job_id}/run/${attempt.run_id}`,
  };
}

/** Returns the response of `/runs/get-output` for a task. The exit value is limited to 5 MB, as on Databricks. */
export function outputView(run: RunRecord, attempt: Attempt, host: string) {
  const result = attempt.exit?.slice(0, MAX_EXIT_LENGTH);
  return {
    metadata: { ...runView(run, host, false), ...attemptView(run, attempt, host) },
    notebook_output: {
      ...(result !== undefined && { result }),
      truncated: (attempt.exit?.length ?? 0) > MAX_EXIT_LENGTH,
    },
    ...(attempt.error && { error: attempt.error.message, error_trace: attempt.error.trace }),
  };
}

const MAX_EXIT_LENGTH = 5 * 1024 * 1024;

/**
 * Returns state, status and times. Databricks' clients expect a number for every time, so a future time is 0. The time
 * of a task starts when its notebook starts.
 * @param shown: the state to return. On Databricks, a run with a failed task has the state INTERNAL_ERROR, although the
 * failed task has the state TERMINATED.
 */
function progressView(one: Progress, shown: Progress['phase'] = one.phase) {
  const { phase, result, message, start_time, began, end_time } = one;
  const ended = end_time ?? 0;
  return {
    state: {
      life_cycle_state: shown,
      ...(result && { result_state: result }),
      state_message: message,
      user_cancelled_or_timedout: result === 'CANCELED' || result === 'TIMEDOUT',
    },
    status: {
      state: result ? 'TERMINATED' : phase,
      ...(result && {
        termination_details: { ...(phase === 'INTERNAL_ERROR' ? INTERNAL : CODES[result]), message },
      }),
    },
    start_time: began ?? start_time,
    setup_duration: 0,
    execution_duration: began === undefined ? 0 : (end_time ?? Date.now()) - began,
    cleanup_duration: 0,
    end_time: ended,
  };
}
