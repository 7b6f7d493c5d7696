/**
 * The parts of a job. Jobs are built as objects, because templates would interpret the `{{…}}` of Databricks' own
 * references.
 */
import { jobName, SCHEMA as SCHEMA_KEY, STREAM_SCHEMA as STREAM_SCHEMA_KEY } from '../../src/names.ts';
import { PROJECT } from '../../src/project/project.ts';
import type { Query } from '../../src/queries/query.ts';

/**
 * References to the names of deployed schemas and volumes. The bundle's variables would be wrong in development mode, in
 * which a deployed schema has another name.
 */
export const SCHEMA = `\${resources.schemas.${SCHEMA_KEY}.name}`;
export const STREAM_SCHEMA = `\${resources.schemas.${STREAM_SCHEMA_KEY}.name}`;
export const CHECKPOINTS = `/Volumes/\${var.catalog}/${SCHEMA}/\${resources.volumes.checkpoints.name}`;
export const STREAM_CHECKPOINTS = `/Volumes/\${var.catalog}/${STREAM_SCHEMA}/\${resources.volumes.stream_checkpoints.name}`;

export interface Task {
  readonly task_key: string;
  readonly description?: string;
  readonly depends_on?: readonly { readonly task_key: string }[];
  readonly notebook_task: {
    readonly notebook_path: string;
    readonly base_parameters?: Readonly<Record<string, string>>;
  };
  readonly job_cluster_key?: string;
  readonly run_if?: 'ALL_DONE';
}

/** A job's settings by their names in Databricks' Jobs API. */
export interface Job {
  readonly name: string;
  readonly description: string;
  readonly tasks: readonly Task[];
  readonly [setting: string]: unknown;
}

/** Jobs by key. `npm run bundle run` takes the key as the job's name. */
export type Jobs = Readonly<Record<string, Job>>;

/** Returns a job with at most one active run at a time. Further runs wait. */
export const job = (
  key: string,
  description: string,
  settings: { readonly tasks: readonly Task[]; readonly [setting: string]: unknown },
): Jobs => ({
  [key]: {
    name: jobName('${var.pipeline_id}', key.replaceAll('_', '-')),
    description,
    tags: { project: PROJECT, pipeline: '${var.pipeline_id}' },
    max_concurrent_runs: 1,
    queue: { enabled: true },
    ...settings,
  },
});

/**
 * Returns the parameters of a job. Every notebook receives them as widgets, and ignores those that it does not declare.
 */
export const parameters = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, default: value }));

/** Returns parameters whose values are the bundle's variables of the same names. */
export const variables = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `\${var.${name}}`]));

export const cron = (expression: string) => ({ quartz_cron_expression: expression, timezone_id: 'UTC' });

/** The notebook that a task runs, and the task's parameters in addition to the job's parameters. */
interface Notebook {
  readonly path: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** Returns a notebook that serves all datasets, with one dataset as its parameter. */
export const notebookFor = (dataset: string, path: string): Notebook => ({ path, parameters: { dataset } });

export const task = (key: string, { path, parameters }: Notebook, after: readonly string[] = []): Task => ({
  task_key: key,
  ...(after.length > 0 && { depends_on: after.map((task_key) => ({ task_key })) }),
  notebook_task: {
    notebook_path: `../notebooks/${path}`,
    ...(parameters && { base_parameters: parameters }),
  },
});

/** Returns a task for each answer. The task runs after the tasks that write the tables that its query reads. */
export const answers = (queries: readonly Query[], after: (reads: readonly string[]) => string[]): Task[] =>
  queries.map(({ name, question, reads }) => {
    const { task_key, ...rest } = task(name, { path: `4_answers/${name}.sql` }, after(reads));
    return { task_key, description: question, ...rest };
  });
