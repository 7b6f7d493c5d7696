/**
 * Databricks Free Edition runs at most five tasks of an account at once. No setting limits how many tasks of one job
 * run at once. So the tasks are divided into lanes, and each task waits for the previous task of its lane
 * (docs/decisions/0006).
 */
import type { Jobs, Task } from './job.ts';

/** One less than the limit, so that the user can run a task at the same time. */
const LANES = 4;

/** A rebuild starts the cleaning notebook as a second run. So two rebuilds at the same time are four runs. */
const REBUILD_LANES = 2;

/** Returns the dependencies that lanes add to the tasks of each job. */
export const free = ({ batch, rebuild }: Jobs) => ({
  batch: { tasks: waits(batch?.tasks ?? [], LANES) },
  rebuild: { tasks: waits(rebuild?.tasks ?? [], REBUILD_LANES) },
});

/** Returns the tasks that must wait for the previous task in their lane, each with this dependency only. */
function waits(tasks: readonly Task[], places: number): Pick<Task, 'task_key' | 'depends_on'>[] {
  return lanes(tasks, places).flatMap((lane) =>
    lane.flatMap(({ task_key, depends_on = [] }, index) => {
      const before = lane[index - 1]?.task_key;
      const waits = before !== undefined && !depends_on.some((needed) => needed.task_key === before);
      return waits ? [{ task_key, depends_on: [{ task_key: before }] }] : [];
    }),
  );
}

/**
 * Returns the tasks by lane. A task goes into a lane that ends with a task that it depends on, otherwise into the
 * shortest lane. The tasks must be given in an order in which they can run, so that no two wait for each other.
 */
export function lanes(tasks: readonly Task[], places: number): Task[][] {
  const all: Task[][] = Array.from({ length: places }, () => []);
  for (const task of tasks) {
    const needed = new Set(task.depends_on?.map(({ task_key }) => task_key));
    const behind = all.find((lane) => needed.has(lane.at(-1)?.task_key ?? ''));
    const shortest = all.reduce((least, lane) => (lane.length < least.length ? lane : least));
    (behind ?? shortest).push(task);
  }
  return all;
}
