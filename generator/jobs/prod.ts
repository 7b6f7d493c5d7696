/** What production adds to the jobs: alerts on failures, retries, and time limits. */
import { SCHEMA, STREAM_SCHEMA } from '../../src/names.ts';
import type { Job, Jobs } from './job.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A job's time limit in seconds, and how often a failed task is retried. */
export interface Limits {
  /** Its run is ended after this long; without it a run goes on for as long as it takes. */
  readonly timeout?: number;
  /** An alert is sent for a run that takes longer. */
  readonly warnAfter: number;
  readonly retries: number;
  /** Between two attempts of a task. */
  readonly retryAfter: number;
}

const LIMITS: Limits = { timeout: 6 * HOUR, warnAfter: HOUR, retries: 2, retryAfter: MINUTE };

/** By the job's key; a job that is not named has `LIMITS`. */
const OF_JOB: Readonly<Record<string, Limits>> = {
  // It replays all that ever arrived, and a timeout would only make it begin again.
  rebuild: { warnAfter: LIMITS.warnAfter, retries: LIMITS.retries, retryAfter: LIMITS.retryAfter },
  // A check that fails only sometimes has failed.
  verify: { ...LIMITS, retries: 0 },
};

/** Airflow's DAG has them too, for the batch job. */
export const limitsOf = (job: string): Limits => OF_JOB[job] ?? LIMITS;

/** A stream that is behind for so long will lose records when Kinesis forgets them, a day after they came. */
const BEHIND = 10 * MINUTE;

const MAIL = ['${var.alerts}'];
const QUIET = { no_alert_for_skipped_runs: true, no_alert_for_canceled_runs: true };

const rule = (metric: string, value: number) => ({ rules: [{ metric, op: 'GREATER_THAN', value }] });

export const prod = (jobs: Jobs) =>
  Object.fromEntries(
    Object.entries(jobs).map(([key, job]) => [key, job.continuous ? continuous() : triggered(key, job)]),
  );

/** It is never finished, and Databricks starts it again by itself. */
const continuous = () => ({
  email_notifications: { on_failure: MAIL, on_streaming_backlog_exceeded: MAIL },
  notification_settings: QUIET,
  health: rule('STREAMING_BACKLOG_SECONDS', BEHIND),
});

function triggered(key: string, { tasks, job_clusters }: Job) {
  const { timeout, warnAfter, retries, retryAfter } = limitsOf(key);
  const retried = {
    max_retries: retries,
    min_retry_interval_millis: retryAfter * 1000,
    retry_on_timeout: false,
  };
  return {
    email_notifications: { on_failure: MAIL, on_duration_warning_threshold_exceeded: MAIL },
    notification_settings: QUIET,
    health: rule('RUN_DURATION_SECONDS', warnAfter),
    ...(timeout !== undefined && { timeout_seconds: timeout }),
    // Serverless compute that takes minutes to start and costs less.
    ...(!job_clusters && { performance_target: 'STANDARD' }),
    tasks: tasks.map(({ task_key }) => ({ task_key, ...retried })),
  };
}

const KEPT = { lifecycle: { prevent_destroy: true } };

/** `bundle destroy` would delete the tables with their schemas. */
export const prodStorage = () => ({
  schemas: { [SCHEMA]: KEPT, [STREAM_SCHEMA]: KEPT },
  volumes: {
    landing: { volume_type: 'EXTERNAL', storage_location: 's3://${var.bucket}', ...KEPT },
    checkpoints: KEPT,
    stream_checkpoints: KEPT,
  },
});
