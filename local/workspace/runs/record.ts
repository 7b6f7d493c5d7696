/** The stored record of a run: its request, and the state of each attempt of each task. */
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

/** Databricks' life cycle state and result of a run or an attempt. `result` and `end_time` are set when it ends. */
const progress = {
  phase: z.enum(PHASES),
  result: z.enum(RESULTS).optional(),
  message: z.string().default(''),
  start_time: z.number(),
  /**
   * The time when the run, or the attempt's notebook, started. Before this time, the run waited in the queue, or the
   * attempt waited for other tasks or for the limit of parallel tasks.
   */
  began: z.number().optional(),
  end_time: z.number().optional(),
};

const attempt = z.object({
  ...progress,
  run_id: z.number(),
  task_key: z.string(),
  attempt_number: z.number(),
  /** The value that the notebook passed to `dbutils.notebook.exit`. */
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
  /** In order of creation: all first attempts, then the retries. */
  attempts: z.array(attempt),
  /** A copy of the job's tasks from the creation of the run, because the job may be changed during the run. */
  tasks: z.array(task),
  /** Whether the job is continuous. All tasks of a continuous job run in parallel. */
  continuous: z.boolean(),
  /** Number of retries of a task that does not set a number itself. */
  retries: z.number(),
  timeout_seconds: z.number(),
});

export type RunRecord = z.infer<typeof run>;
export type Attempt = z.infer<typeof attempt>;
export type Progress = Pick<RunRecord, 'phase' | 'result' | 'message' | 'start_time' | 'began' | 'end_time'>;
export type Result = NonNullable<RunRecord['result']>;

export const hasEnded = (one: Progress): boolean => one.result !== undefined;

/** Marks a run or an attempt as ended. Does nothing if it has ended already. */
export function end(one: Progress, phase: Progress['phase'], result: Result, message = ''): void {
  if (hasEnded(one)) return;
  Object.assign(one, { phase, result, message, end_time: Date.now() });
}
