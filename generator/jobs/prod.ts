/** What production adds to the jobs: somebody hears of failures, a hitch is tried again, nothing runs for ever. */
import type { Job, Jobs } from './job.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A run over a day's files takes minutes; Airflow's DAG gives up after six hours too. */
const TIMEOUT = 6 * HOUR;
/** It replays all that ever arrived, and would begin again: for as long as that takes. */
const ENDLESS = ['rebuild'];
const LONG = HOUR;
/** A stream that is behind for so long will lose records when Kinesis forgets them, a day after they came. */
const BEHIND = 10 * MINUTE;

const RETRIES = { max_retries: 2, min_retry_interval_millis: MINUTE * 1000, retry_on_timeout: false };

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

const triggered = (key: string, { tasks, job_clusters }: Job) => ({
  email_notifications: { on_failure: MAIL, on_duration_warning_threshold_exceeded: MAIL },
  notification_settings: QUIET,
  health: rule('RUN_DURATION_SECONDS', LONG),
  ...(!ENDLESS.includes(key) && { timeout_seconds: TIMEOUT }),
  // Serverless compute that takes minutes to start and costs less.
  ...(!job_clusters && { performance_target: 'STANDARD' }),
  tasks: tasks.map(({ task_key }) => ({ task_key, ...RETRIES })),
});

const KEPT = { lifecycle: { prevent_destroy: true } };

/** `bundle destroy` would delete the tables with their schemas. */
export const prodStorage = () => ({
  schemas: { pinterest: KEPT, pinterest_stream: KEPT },
  volumes: {
    landing: { volume_type: 'EXTERNAL', storage_location: 's3://${var.bucket}', ...KEPT },
    checkpoints: KEPT,
    stream_checkpoints: KEPT,
  },
});
