/**
 * The parameters of a task. A parameter of the job overrides the task's parameter of the same name. References such as
 * `{{job.id}}` are replaced by their values.
 */
import type { Task } from '../state/jobs.ts';
import type { Attempt, RunRecord } from './record.ts';

/** Returns the values of the widgets in the notebook that `attempt` runs. */
export function taskParameters(run: RunRecord, task: Task, attempt: Attempt): Record<string, string> {
  const ofJob = Object.fromEntries(run.parameters.map(({ name, value }) => [name, value]));
  const known = references(run, attempt);
  const all = { ...task.notebook_task.base_parameters, ...ofJob };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, resolved(value, known)]));
}

/** The references of https://docs.databricks.com/jobs/dynamic-value-references that are useful in a notebook job. */
function references(run: RunRecord, attempt: Attempt): ReadonlyMap<string, string> {
  const start = new Date(run.start_time).toISOString();
  return new Map([
    ['job.id', String(run.job_id)],
    ['job.name', run.run_name],
    ['job.run_id', String(run.run_id)],
    ['job.trigger.type', run.trigger.toLowerCase()],
    ['job.start_time.iso_date', start.slice(0, 10)],
    ['job.start_time.iso_datetime', start],
    ['job.start_time.timestamp_ms', String(run.start_time)],
    ['task.name', attempt.task_key],
    ['task.run_id', String(attempt.run_id)],
    ['task.execution_count', String(attempt.attempt_number + 1)],
    ...run.parameters.map(({ name, value }) => [`job.parameters.${name}`, value] as const),
  ]);
}

/** Resolves references. As on Databricks, an unknown reference stays unchanged. */
const resolved = (text: string, known: ReadonlyMap<string, string>): string =>
  text.replaceAll(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => known.get(name) ?? whole);
