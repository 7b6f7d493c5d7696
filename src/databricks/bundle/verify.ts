/** What the job verify found: the value that its task `checks` exits with. */
import { z } from 'zod';
import { jsonOf } from '../../files/read.ts';
import type { Workspace } from '../client.ts';
import { outputOf } from './run.ts';

/** The job's key in the bundle. */
export const VERIFY = 'verify';

/** Tasks of the job that exit with what they found; the other one is the verdict on it. */
const CHECKS = /^checks/;

const check = z.object({
  step: z.string(),
  check: z.string(),
  passed: z.boolean(),
  /** What was expected and seen, as JSON, cut where it is long. */
  expected: z.string(),
  seen: z.string(),
});

const found = z.object({
  spark: z.string(),
  /** Of Databricks Runtime; null on Spark alone. */
  runtime: z.string().nullable(),
  checks: z.array(check),
});

export type Check = z.infer<typeof check>;

export interface Checks extends z.infer<typeof found> {
  readonly task: string;
}

/** Reads what a task exited with. @throws FileError where it is not that of `checks` */
export const checksOf = (task: string, text: string): Checks => ({
  task,
  ...jsonOf(text, found, `the result of the task ${task}`),
});

/** Returns what the tasks of a run found; `resultOf` asks for what a task exited with. Tasks without a result are left out. */
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

/** Returns what the tasks of a run found, asked by the SDK. */
export async function checksOfRun(workspace: Workspace, run_id: number): Promise<Checks[]> {
  const run = await workspace.call((client) => client.jobs.getRun({ run_id }));
  return checksIn(
    run.tasks ?? [],
    async (task) => (await outputOf(workspace, task))?.notebook_output?.result,
  );
}
