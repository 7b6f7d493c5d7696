/** The parts of a job. A job is built as an object, because a template would interpret Databricks' own `{{…}}`. */
import { jobName, SCHEMA as SCHEMA_KEY, STREAM_SCHEMA as STREAM_SCHEMA_KEY } from '../../src/names.ts';
import { PROJECT } from '../../src/project/project.ts';
import type { Query } from '../../src/queries/query.ts';

/** References to the resources of jobs/storage.yml: in development mode, the schemas' names differ from the variables. */
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

/** The jobs of one or more files, by the key that is their name in `npm run bundle run`. */
export type Jobs = Readonly<Record<string, Job>>;

/** Returns a job with at most one active run at a time: further runs wait. */
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
 * The parameters of a job, which every notebook receives as widgets; a notebook ignores parameters that it
 * does not declare.
 */
export const parameters = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => ({ name, default: value }));

/** Parameters whose values are the variables of the same name. */
export const variables = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `\${var.${name}}`]));

export const cron = (expression: string) => ({ quartz_cron_expression: expression, timezone_id: 'UTC' });

/** The notebook that a task runs, with the values that the job's parameters do not set. */
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

/** Returns a task for each answer. The task runs after the tasks that write the tables of the query. */
export const answers = (queries: readonly Query[], after: (reads: readonly string[]) => string[]): Task[] =>
  queries.map(({ name, question, reads }) => {
    const { task_key, ...rest } = task(name, { path: `4_answers/${name}.sql` }, after(reads));
    return { task_key, description: question, ...rest };
  });
