/** The order of a job's tasks: each begins as soon as all that it depends on have succeeded, or ended where it says so. */
import { type GraphTask, needsOf } from '../src/databricks/graph.ts';

/** More tasks at once than a laptop's cores only make each slower. */
export const TASKS_AT_ONCE = 2;

/**
 * Runs every task once; resolves when all have ended. `run` says whether its task succeeded; a task that depends on one
 * that did not is handed to `skip`, unless its `run_if` is `ALL_DONE`. Tasks must have passed `checkGraph`.
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
