/**
 * Runs a job's tasks in the order of their dependencies: a task starts as soon as all tasks it depends on have succeeded
 * or, with `run_if: ALL_DONE`, have ended.
 */
import { type GraphTask, needsOf } from '../src/databricks/graph.ts';

/**
 * Maximum number of tasks that run at the same time. On a laptop's cores, more tasks would only slow each other down.
 */
export const TASKS_AT_ONCE = 2;

/**
 * Runs every task once; resolves when all have ended. `run` must resolve with true if the task succeeded. A task that
 * depends on a failed or skipped task is passed to `skip`, unless its `run_if` is `ALL_DONE`. `tasks` must have passed
 * `checkGraph`.
 */
export async function runGraph<Task extends GraphTask>(
  tasks: readonly Task[],
  run: (task: Task) => Promise<boolean>,
  skip: (task: Task) => void,
): Promise<void> {
  const byKey = new Map(tasks.map((task) => [task.task_key, task]));
  const ends = new Map<string, Promise<boolean>>();
  const begin = async (task: Task): Promise<boolean> => {
    const needed = await Promise.all(needsOf(task).map((key) => endOf(byKey.get(key) as Task)));
    if (needed.every(Boolean) || task.run_if === 'ALL_DONE') return run(task);
    skip(task);
    return false;
  };
  const endOf = (task: Task): Promise<boolean> => {
    const end = ends.get(task.task_key) ?? begin(task);
    ends.set(task.task_key, end);
    return end;
  };
  await Promise.all(tasks.map(endOf));
}
