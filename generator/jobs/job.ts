/** What every job is made of. A job is built as an object: Databricks' own `{{…}}` would not survive a template. */
import { jobName, SCHEMA as SCHEMA_KEY, STREAM_SCHEMA as STREAM_SCHEMA_KEY } from '../../src/names.ts';
import { PROJECT } from '../../src/project/project.ts';
import type { Query } from '../../src/queries/query.ts';

/** References to what jobs/storage.yml makes: development mode gives schemas other names than the variables say. */
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

/** The jobs of one or more files, by the key that `npm run bundle run` knows them by. */
export type Jobs = Readonly<Record<string, Job>>;

/** A job that never runs twice at once: a run that comes too early waits. */
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
 * The parameters of a job, which every notebook receives as widgets; a notebook ignores those that it does not
 * declare.
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

/** A notebook that is the same for all datasets, for one of them. */
export const notebookFor = (dataset: string, path: string): Notebook => ({ path, parameters: { dataset } });

export const task = (key: string, { path, parameters }: Notebook, after: readonly string[] = []): Task => ({
  task_key: key,
  ...(after.length > 0 && { depends_on: after.map((task_key) => ({ task_key })) }),
  notebook_task: {
    notebook_path: `../notebooks/${path}`,
    ...(parameters && { base_parameters: parameters }),
  },
});

/** A task for each answer, after those that make what its query reads. */
export const answers = (queries: readonly Query[], after: (reads: readonly string[]) => string[]): Task[] =>
  queries.map(({ name, question, reads }) => {
    const { task_key, ...rest } = task(name, { path: `4_answers/${name}.sql` }, after(reads));
    return { task_key, description: question, ...rest };
  });
