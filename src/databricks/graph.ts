/** Checks the dependencies of a job's tasks. */
import { AppError } from '../errors.ts';

export interface GraphTask {
  readonly task_key: string;
  readonly depends_on?: readonly { readonly task_key: string }[] | undefined;
  /** `ALL_DONE` runs the task even if a dependency failed; by default the task is then skipped. */
  readonly run_if?: 'ALL_SUCCESS' | 'ALL_DONE' | undefined;
}

/** Returns the keys of the tasks on which a task depends. */
export const needsOf = ({ depends_on = [] }: GraphTask): string[] =>
  depends_on.map(({ task_key }) => task_key);

/** @throws AppError if a key occurs twice, a dependency is missing, or tasks depend on each other */
export function checkGraph(tasks: readonly GraphTask[]): void {
  const waiting = new Map(tasks.map((task) => [task.task_key, task]));
  if (waiting.size < tasks.length) {
    const twice = tasks.find((task) => waiting.get(task.task_key) !== task)?.task_key;
    throw new AppError('JOB', `Task keys must be unique, but ${twice} occurs twice.`);
  }
  for (const task of tasks) {
    const missing = needsOf(task).find((key) => !waiting.has(key));
    if (missing !== undefined)
      throw new AppError('JOB', `Task ${task.task_key} depends on ${missing}, which the job does not have.`);
  }
  while (waiting.size > 0) {
    const free = [...waiting.values()].filter((task) => needsOf(task).every((key) => !waiting.has(key)));
    if (free.length === 0)
      throw new AppError(
        'JOB',
        `No task can start: ${[...waiting.keys()].join(', ')} depend on each other, or on tasks that depend on each other.`,
      );
    for (const { task_key } of free) waiting.delete(task_key);
  }
}
