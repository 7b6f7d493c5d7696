/**
 * Databricks Free Edition runs five tasks of an account at once. No setting limits the tasks of one job, so that here
 * they wait for each other in lanes: as many tasks run at once as there are lanes (docs/decisions/0006).
 */
import type { Jobs, Task } from './job.ts';

/** One less than there may be, for what a person runs besides. */
const LANES = 4;

/** A rebuild runs the cleaning notebook as a run of its own: two at once are four. */
const REBUILD_LANES = 2;

/** The dependencies that lanes add to the tasks of each job. */
export const free = ({ batch, rebuild }: Jobs) => ({
  batch: { tasks: waits(batch?.tasks ?? [], LANES) },
  rebuild: { tasks: waits(rebuild?.tasks ?? [], REBUILD_LANES) },
});

/** The tasks that must wait for the one before them in their lane, with that one alone. */
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
 * Each task in the lane that ends in one it needs, else in the shortest one. Tasks come in an order in which they can
 * run, so that no two wait for each other.
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
