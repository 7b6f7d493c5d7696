/** Runs a rendered job's notebooks on the local Spark, each as soon as what it depends on has succeeded. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { AppError } from '../src/errors.ts';
import type { Kernel, RunResult } from './spark/kernel.ts';

interface Task {
  readonly task_key: string;
  readonly depends_on?: readonly { readonly task_key: string }[];
  readonly notebook_task: { readonly notebook_path: string };
}

export type TaskResult =
  | { readonly task: string; readonly state: 'skipped' }
  | ({ readonly task: string } & RunResult);

export interface JobOptions {
  /** How many tasks run at once: more than cores only makes each slower. */
  readonly atOnce?: number;
  readonly report?: (result: TaskResult) => void;
  /** Task keys, where not the whole job is to run; what they depend on besides counts as done. */
  readonly only?: readonly string[];
  /** Cancels what runs when it aborts. */
  readonly signal?: AbortSignal;
}

/** The tasks of the one job in a file of jobs/. */
export async function readTasks(file: string): Promise<Task[]> {
  const { resources } = parse(await readFile(file, 'utf8')) as {
    resources: { jobs: Record<string, { tasks: Task[] }> };
  };
  return Object.values(resources.jobs).flatMap((job) => job.tasks);
}

/** Runs the job of `file` with values for its parameters; resolves with a result per task, in the order they ended. */
export async function runJob(
  kernel: Kernel,
  file: string,
  parameters: Record<string, string>,
  options: JobOptions = {},
): Promise<TaskResult[]> {
  const tasks = (await readTasks(file)).filter(({ task_key }) => options.only?.includes(task_key) ?? true);
  const keys = new Set(tasks.map(({ task_key }) => task_key));
  const needs = ({ depends_on = [] }: Task) =>
    depends_on.map((need) => need.task_key).filter((key) => keys.has(key));
  const waiting = new Map(tasks.map((task) => [task.task_key, task]));
  const running = new Map<string, Promise<void>>();
  const done = new Map<string, TaskResult>();

  const end = (result: TaskResult) => {
    done.set(result.task, result);
    running.delete(result.task);
    options.report?.(result);
  };
  const start = (task: Task) => {
    waiting.delete(task.task_key);
    if (needs(task).some((key) => done.get(key)?.state !== 'success'))
      return end({ task: task.task_key, state: 'skipped' });
    const notebook = path.resolve(path.dirname(file), task.notebook_task.notebook_path);
    const run = kernel.run(notebook, parameters, {
      name: task.task_key,
      ...(options.signal && { signal: options.signal }),
    });
    running.set(
      task.task_key,
      run.then((result) => end({ task: task.task_key, ...result })),
    );
  };

  while (waiting.size > 0 || running.size > 0) {
    const ready = [...waiting.values()].filter((task) => needs(task).every((key) => done.has(key)));
    for (const task of ready.slice(0, (options.atOnce ?? 2) - running.size)) start(task);
    if (running.size > 0) await Promise.race(running.values());
    else if (ready.length === 0)
      throw new AppError(
        'JOB',
        `${file}: no task can start, ${[...waiting.keys()].join(', ')} wait for each other.`,
      );
  }
  return [...done.values()];
}

/** A continuous job: its tasks go on until they are told to stop. */
export interface ContinuousJob {
  /** Rejects when a task ends by itself, which it only does with an error. */
  readonly failed: Promise<never>;
  /** Cancels all tasks and resolves when they have ended. */
  stop(): Promise<void>;
}

/** Starts all tasks of a continuous job at once; none of them depends on another. */
export function startJob(kernel: Kernel, file: string, parameters: Record<string, string>): ContinuousJob {
  const stopping = new AbortController();
  const { signal } = stopping;
  let ended: Promise<unknown> = Promise.resolve();
  const failed = new Promise<never>((_, reject) => {
    const report = (result: TaskResult) => signal.aborted || reject(failure(result));
    ended = runJob(kernel, file, parameters, { atOnce: Number.POSITIVE_INFINITY, signal, report });
    ended.catch(reject);
  });
  // Whoever only stops the job has nobody to tell.
  failed.catch(() => {});
  return {
    failed,
    async stop() {
      stopping.abort();
      await ended.catch(() => {});
    },
  };
}

/** Throws with notebook, cell and error where a task of a job did not succeed. */
export function requireSuccess(results: readonly TaskResult[]): void {
  const failed = results.find(({ state }) => state !== 'success' && state !== 'skipped');
  if (failed) throw failure(failed);
}

function failure(result: TaskResult): AppError {
  const error = 'error' in result ? result.error : undefined;
  const where = error
    ? ` at ${path.relative(process.cwd(), error.notebook)}, cell ${error.cell}, line ${error.line}: ${error.message}`
    : '';
  return new AppError('JOB_FAILED', `Task ${result.task} ended as ${result.state}${where}`);
}
