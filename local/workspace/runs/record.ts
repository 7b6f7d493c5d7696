/** A run as it is stored: its request, and the state of each attempt of each task. */
import { z } from 'zod';
import { task } from '../state/jobs.ts';

const PHASES = [
  'QUEUED',
  'BLOCKED',
  'PENDING',
  'RUNNING',
  'TERMINATING',
  'TERMINATED',
  'SKIPPED',
  'INTERNAL_ERROR',
] as const;
const RESULTS = [
  'SUCCESS',
  'FAILED',
  'TIMEDOUT',
  'CANCELED',
  'UPSTREAM_FAILED',
  'MAXIMUM_CONCURRENT_RUNS_REACHED',
] as const;

/** Databricks' life cycle and result. An ended one has a result and an end. */
const progress = {
  phase: z.enum(PHASES),
  result: z.enum(RESULTS).optional(),
  message: z.string().default(''),
  start_time: z.number(),
  /** When its notebook began: until then it waited for others, or for a place. */
  began: z.number().optional(),
  end_time: z.number().optional(),
};

const attempt = z.object({
  ...progress,
  run_id: z.number(),
  task_key: z.string(),
  attempt_number: z.number(),
  /** What the notebook gave to `dbutils.notebook.exit`. */
  exit: z.string().optional(),
  error: z
    .object({
      notebook: z.string(),
      cell: z.number(),
      line: z.number(),
      message: z.string(),
      trace: z.string(),
    })
    .optional(),
});

export const run = z.object({
  ...progress,
  run_id: z.number(),
  job_id: z.number(),
  number_in_job: z.number(),
  run_name: z.string(),
  creator_user_name: z.string(),
  trigger: z.enum(['ONE_TIME', 'PERIODIC', 'CONTINUOUS']),
  idempotency_token: z.string().optional(),
  parameters: z.array(z.object({ name: z.string(), default: z.string().optional(), value: z.string() })),
  /** In the order in which they were made: all first attempts, then what was tried again. */
  attempts: z.array(attempt),
  /** The tasks as the job had them when the run was made: a job may be changed while it runs. */
  tasks: z.array(task),
  /** The tasks of a continuous run never wait for each other: they run side by side. */
  continuous: z.boolean(),
  /** Retries of a task that does not set its own. */
  retries: z.number(),
  timeout_seconds: z.number(),
});

export type RunRecord = z.infer<typeof run>;
export type Attempt = z.infer<typeof attempt>;
export type Progress = Pick<RunRecord, 'phase' | 'result' | 'message' | 'start_time' | 'began' | 'end_time'>;
export type Result = NonNullable<RunRecord['result']>;

export const hasEnded = (one: Progress): boolean => one.result !== undefined;

/** Ends it, once: a second end of the same thing changes nothing. */
export function end(one: Progress, phase: Progress['phase'], result: Result, message = ''): void {
  if (hasEnded(one)) return;
  Object.assign(one, { phase, result, message, end_time: Date.now() });
}
