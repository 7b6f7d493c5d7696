/** What production adds to the jobs: alerts on failures, retries, and time limits. */
import { SCHEMA, STREAM_SCHEMA } from '../../src/names.ts';
import type { Job, Jobs } from './job.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A job's time limit in seconds, and how often a failed task is retried. */
export interface Limits {
  /** A run is ended after this time, in seconds; undefined means no limit. */
  readonly timeout?: number;
  /** An alert is sent for a run that takes longer than this time, in seconds. */
  readonly warnAfter: number;
  readonly retries: number;
  /** The time between two attempts of a task, in seconds. */
  readonly retryAfter: number;
}

const LIMITS: Limits = { timeout: 6 * HOUR, warnAfter: HOUR, retries: 2, retryAfter: MINUTE };

/** Limits by the job's key. Jobs that are not listed here have `LIMITS`. */
const OF_JOB: Readonly<Record<string, Limits>> = {
  // No time limit: a rebuild replays all records, and after a timeout it would have to begin again.
  rebuild: { warnAfter: LIMITS.warnAfter, retries: LIMITS.retries, retryAfter: LIMITS.retryAfter },
  // Has no retries in any target.
  verify: { ...LIMITS, retries: 0 },
};

/** Returns a job's limits. Airflow's DAG uses the batch job's limits. */
export const limitsOf = (job: string): Limits => OF_JOB[job] ?? LIMITS;

/** An alert is sent for a backlog longer than this time, in seconds. Kinesis deletes records a day after their arrival, even if they are unread. */
const BEHIND = 10 * MINUTE;

const MAIL = ['${var.alerts}'];
const QUIET = { no_alert_for_skipped_runs: true, no_alert_for_canceled_runs: true };

const rule = (metric: string, value: number) => ({ rules: [{ metric, op: 'GREATER_THAN', value }] });

export const prod = (jobs: Jobs) =>
  Object.fromEntries(
    Object.entries(jobs).map(([key, job]) => [key, job.continuous ? continuous(job) : triggered(key, job)]),
  );

/**
 * Returns alerts, but no time limit and no retries, because a continuous job never ends and Databricks restarts it. Each task
 * alerts for itself: Databricks cancels a run whose task has failed for the last time, and a canceled run is no failure. The
 * job's notification settings do not apply to its tasks, and a restart cancels all of them.
 */
const continuous = ({ tasks }: Job) => ({
  email_notifications: { on_failure: MAIL, on_streaming_backlog_exceeded: MAIL },
  notification_settings: QUIET,
  health: rule('STREAMING_BACKLOG_SECONDS', BEHIND),
  tasks: tasks.map(({ task_key }) => ({
    task_key,
    email_notifications: { on_failure: MAIL },
    notification_settings: QUIET,
  })),
});

function triggered(key: string, { tasks, job_clusters }: Job) {
  const { timeout, warnAfter, retries, retryAfter } = limitsOf(key);
  const retried = { max_retries: retries, min_retry_interval_millis: retryAfter * 1000 };
  return {
    email_notifications: { on_failure: MAIL, on_duration_warning_threshold_exceeded: MAIL },
    notification_settings: QUIET,
    health: rule('RUN_DURATION_SECONDS', warnAfter),
    ...(timeout !== undefined && { timeout_seconds: timeout }),
    // With this performance target, serverless compute takes minutes to start but costs less.
    ...(!job_clusters && { performance_target: 'STANDARD' }),
    ...(retries > 0 && { tasks: tasks.map(({ task_key }) => ({ task_key, ...retried })) }),
  };
}

const KEPT = { lifecycle: { prevent_destroy: true } };

/** Protects the schemas and volumes. Without this protection, `bundle destroy` would delete the schemas and their tables. */
export const prodStorage = () => ({
  schemas: { [SCHEMA]: KEPT, [STREAM_SCHEMA]: KEPT },
  volumes: {
    landing: KEPT,
    checkpoints: KEPT,
    stream_checkpoints: KEPT,
  },
});
