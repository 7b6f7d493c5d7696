/** Jobs: rejects settings that this machine does not support, and stores all other settings unchanged. */
import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { checkGraph } from '../../../src/databricks/graph.ts';
import { quartzCron } from '../../../src/databricks/quartz/quartz.ts';
import { AppError } from '../../../src/errors.ts';
import { MAX_TIMER_MS } from '../../../src/wait.ts';
import { invalid } from '../api-error.ts';
import { Collection } from './collection.ts';

const pauseStatus = z.enum(['PAUSED', 'UNPAUSED']).default('UNPAUSED');

const seconds = z
  .number()
  .int()
  .min(0)
  .max(Math.floor(MAX_TIMER_MS / 1000));

export const task = z.looseObject({
  task_key: z.string().regex(/^[\w-]{1,100}$/, 'at most 100 letters, digits, - and _'),
  depends_on: z.array(z.looseObject({ task_key: z.string() })).optional(),
  notebook_task: z.looseObject(
    {
      notebook_path: z.string().startsWith('/', 'expected an absolute path in the workspace'),
      base_parameters: z.record(z.string(), z.string()).optional(),
      source: z.literal('WORKSPACE').optional(),
    },
    'expected a notebook_task: this machine supports no other type of task',
  ),
  run_if: z.enum(['ALL_SUCCESS', 'ALL_DONE'], 'expected ALL_SUCCESS or ALL_DONE here').optional(),
  max_retries: z.number().int().min(-1).optional(),
  min_retry_interval_millis: z.number().int().min(0).max(MAX_TIMER_MS).optional(),
  retry_on_timeout: z.boolean().optional(),
  timeout_seconds: seconds.optional(),
});

export const jobSettings = z.looseObject({
  name: z.string().default('Untitled'),
  tasks: z.array(task).default([]),
  parameters: z.array(z.looseObject({ name: z.string(), default: z.string() })).optional(),
  schedule: z
    .looseObject({ quartz_cron_expression: z.string(), timezone_id: z.string(), pause_status: pauseStatus })
    .optional(),
  continuous: z
    .looseObject({ pause_status: pauseStatus, task_retry_mode: z.enum(['NEVER', 'ON_FAILURE']).optional() })
    .optional(),
  max_concurrent_runs: z.number().int().min(0).max(1000).optional(),
  timeout_seconds: seconds.optional(),
  queue: z.looseObject({ enabled: z.boolean() }).optional(),
});

export type JobSettings = z.infer<typeof jobSettings>;
export type Task = z.infer<typeof task>;

const job = z.object({
  job_id: z.number(),
  creator_user_name: z.string(),
  created_time: z.number(),
  settings: jobSettings,
});
export type Job = z.infer<typeof job>;

/** Well below 2^53, the limit for exact integers in JavaScript. */
const MAX_ID = 2 ** 47;

export const newId = (): number => randomInt(1, MAX_ID);

/** Stores the jobs and notifies the scheduler of each change. */
export class Jobs {
  readonly #jobs: Collection<Job>;
  readonly #user: string;
  readonly #changed: (id: number, job: Job | undefined) => void;

  /** `changed` is called for every job that is created, changed or deleted. */
  constructor(folder: string, user: string, changed: (id: number, job: Job | undefined) => void) {
    this.#jobs = new Collection(folder, job);
    this.#user = user;
    this.#changed = changed;
  }

  /** Returns all jobs, the newest first. */
  list(): Job[] {
    return this.#jobs.values().sort((a, b) => b.created_time - a.created_time || b.job_id - a.job_id);
  }

  find(id: number): Job | undefined {
    return this.#jobs.get(id);
  }

  /** @throws ApiError 400, Databricks' error for an unknown job */
  get(id: number): Job {
    const found = this.find(id);
    if (!found) throw invalid(`Job ${id} does not exist.`);
    return found;
  }

  /** @throws ApiError for settings that can't be used */
  create(settings: JobSettings): Job {
    check(settings);
    const made = { job_id: newId(), creator_user_name: this.#user, created_time: Date.now(), settings };
    this.#jobs.put(made.job_id, made);
    this.#changed(made.job_id, made);
    return made;
  }

  /** @throws ApiError for settings that can't be used */
  reset(id: number, settings: JobSettings): void {
    check(settings);
    const changed = { ...this.get(id), settings };
    this.#jobs.put(id, changed);
    this.#changed(id, changed);
  }

  delete(id: number): void {
    this.get(id);
    this.#jobs.delete(id);
    this.#changed(id, undefined);
  }
}

function check({ tasks, schedule, continuous }: JobSettings): void {
  try {
    checkGraph(tasks);
    if (schedule) quartzCron(schedule.quartz_cron_expression, schedule.timezone_id);
  } catch (error) {
    throw error instanceof AppError ? invalid(error.message) : error;
  }
  if (schedule && continuous) throw invalid("A job can't be continuous and have a schedule.");
  const dependent = continuous && tasks.find(({ depends_on }) => depends_on && depends_on.length > 0);
  if (dependent)
    throw invalid(`Tasks of a continuous job can't depend on other tasks, but ${dependent.task_key} does.`);
}
