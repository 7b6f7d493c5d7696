/** Runs a rendered job's notebooks on the local Spark, straight from jobs/, without a workspace. */
import path from 'node:path';
import { checkGraph, type GraphTask } from '../src/databricks/graph.ts';
import { AppError } from '../src/errors.ts';
import { readYaml } from '../src/files/read.ts';
import { runGraph, Slots, TASKS_AT_ONCE } from './graph.ts';
import type { Kernel, RunResult } from './spark/kernel.ts';

interface Task extends GraphTask {
  readonly notebook_task: {
    readonly notebook_path: string;
    readonly base_parameters?: Readonly<Record<string, string>>;
  };
}

export type TaskResult =
  | { readonly task: string; readonly state: 'skipped' }
  | ({ readonly task: string } & RunResult);

export interface JobOptions {
  /** TASKS_AT_ONCE where it is left out. */
  readonly atOnce?: number;
  readonly report?: (result: TaskResult) => void;
  /** Task keys, where not the whole job is to run; what they depend on besides counts as done. */
  readonly only?: readonly string[];
  /** Cancels what runs when it aborts. */
  readonly signal?: AbortSignal;
}

interface Resources {
  readonly resources: { readonly jobs: Record<string, { readonly tasks: Task[] }> };
}

/** The tasks of the one job in a file of jobs/, be it for all targets or for this machine's. */
function readTasks(file: string): Task[] {
  const { targets, ...everywhere } = readYaml(file) as Partial<Resources> & {
    targets?: { local?: Resources };
  };
  const { jobs = {} } = targets?.local?.resources ?? everywhere.resources ?? {};
  return Object.values(jobs).flatMap((job) => job.tasks);
}

/** Runs the job of `file` with values for its parameters; resolves with a result per task, in the order they ended. */
export async function runJob(
  kernel: Kernel,
  file: string,
  parameters: Record<string, string>,
  options: JobOptions = {},
): Promise<TaskResult[]> {
  const tasks = readTasks(file).filter(({ task_key }) => options.only?.includes(task_key) ?? true);
  const keys = new Set(tasks.map(({ task_key }) => task_key));
  const slots = new Slots(options.atOnce ?? TASKS_AT_ONCE);
  const done: TaskResult[] = [];
  const end = (result: TaskResult) => {
    done.push(result);
    options.report?.(result);
    return result.state === 'success';
  };
  const graph = tasks.map((task) => ({
    ...task,
    depends_on: task.depends_on?.filter(({ task_key }) => keys.has(task_key)),
  }));
  checkGraph(graph);
  await runGraph(
    graph,
    async ({ task_key, notebook_task }) => {
      const notebook = path.resolve(path.dirname(file), notebook_task.notebook_path);
      const run = { name: task_key, ...(options.signal && { signal: options.signal }) };
      const values = { ...notebook_task.base_parameters, ...parameters };
      const result = await slots.take(() => kernel.run(notebook, values, run));
      return end({ task: task_key, ...(result as RunResult) });
    },
    ({ task_key }) => void end({ task: task_key, state: 'skipped' }),
  );
  return done;
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
