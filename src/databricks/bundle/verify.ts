/** Reads the results of the job verify, which its tasks `checks…` return. */
import { z } from 'zod';
import { jsonOf } from '../../files/read.ts';
import type { Workspace } from '../client.ts';
import { outputOf } from './run.ts';

/** The job's key in the bundle. */
export const VERIFY = 'verify';

/** The tasks of the job that return results; the job's other task fails if a check failed. */
const CHECKS = /^checks/;

const check = z.object({
  step: z.string(),
  check: z.string(),
  passed: z.boolean(),
  /** The expected and the actual value as JSON, truncated if long. */
  expected: z.string(),
  seen: z.string(),
});

const found = z.object({
  spark: z.string(),
  /** The version of Databricks Runtime; null on plain Spark. */
  runtime: z.string().nullable(),
  checks: z.array(check),
});

export type Check = z.infer<typeof check>;

export interface Checks extends z.infer<typeof found> {
  readonly task: string;
}

/** Parses the result of a task. @throws FileError if it is not a result of `checks` */
export const checksOf = (task: string, text: string): Checks => ({
  task,
  ...jsonOf(text, found, `the result of the task ${task}`),
});

/** Returns the results of a run's tasks; `resultOf` queries the result of a task. Omits tasks without a result. */
export async function checksIn(
  tasks: readonly { readonly task_key?: string; readonly run_id?: number }[],
  resultOf: (run_id: number) => Promise<unknown>,
): Promise<Checks[]> {
  const found = tasks.map(async ({ task_key = '', run_id = 0 }) => {
    const result = CHECKS.test(task_key) && (await resultOf(run_id));
    return typeof result === 'string' && result !== '' ? [checksOf(task_key, result)] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Returns the results of a run's tasks, queried through the SDK. */
export async function checksOfRun(workspace: Workspace, run_id: number): Promise<Checks[]> {
  const run = await workspace.call((client) => client.jobs.getRun({ run_id }));
  return checksIn(
    run.tasks ?? [],
    async (task) => (await outputOf(workspace, task))?.notebook_output?.result,
  );
}
