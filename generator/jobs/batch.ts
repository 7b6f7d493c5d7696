/** The jobs of the batch pipeline. None of them names a cluster, so their notebooks run on serverless compute. */
import { canFail } from '../../src/databricks/quality.ts';
import type { Dataset } from '../../src/datasets/dataset.ts';
import type { Query } from '../../src/queries/query.ts';
import {
  answers,
  CHECKPOINTS,
  cron,
  type Jobs,
  job,
  notebookFor,
  parameters,
  SCHEMA,
  task,
  variables,
} from './job.ts';

export const batch = (datasets: readonly Dataset[], queries: readonly Query[]): Jobs =>
  job('batch', 'Turns records that arrived since the last run into clean tables and answers, once a day.', {
    schedule: {
      ...cron('${var.schedule}'),
      pause_status: '${var.schedule_status.${var.scheduler}}',
    },
    parameters: parameters({
      ...variables('catalog'),
      schema: SCHEMA,
      ...variables('pipeline_id', 'landing'),
      checkpoints: CHECKPOINTS,
      ...variables('file_reader', 'deletion_vectors'),
      // The list of runs shows this date. Airflow sets it to the day that the run is for.
      run_date: '{{job.start_time.iso_date}}',
      ...(datasets.some(canFail) && { quality: 'fail' }),
    }),
    tasks: [
      ...datasets.map(({ name }) =>
        task(`clean_${name}`, { path: `3_clean/${name}.py`, parameters: { source: 'files' } }),
      ),
      ...answers(queries, (reads) => reads.map((name) => `clean_${name}`)),
    ],
  });

export const rebuild = (datasets: readonly Dataset[], queries: readonly Query[]): Jobs =>
  job(
    'rebuild',
    'Cleans all records again after a cleaning rule changed. Nothing else may write meanwhile: deploy the rule with scheduler=none and pause the DAG if Airflow starts the batch job (for the tables of the stream: stream_status=PAUSED), and deploy without it afterwards.',
    {
      parameters: parameters({
        ...variables('catalog'),
        schema: SCHEMA,
        checkpoints: CHECKPOINTS,
        ...variables('deletion_vectors'),
      }),
      tasks: [
        ...datasets.map(({ name }) => task(`rebuild_${name}`, notebookFor(name, '5_rebuild.py'))),
        ...answers(queries, (reads) => reads.map((name) => `rebuild_${name}`)),
      ],
    },
  );

/** Returns the maintenance job for the tables of one schema. */
export const maintenance = (
  key: string,
  description: string,
  datasets: readonly Dataset[],
  schema: string,
  pause_status: string,
): Jobs =>
  job(key, description, {
    schedule: { ...cron('${var.maintenance_schedule}'), pause_status },
    parameters: parameters({
      ...variables('catalog'),
      schema,
      ...variables('raw_days', 'rejected_days'),
    }),
    tasks: [
      ...datasets.map(({ name }) => task(`maintain_${name}`, notebookFor(name, '6_maintenance/tables.py'))),
      task('maintain_answers', { path: '6_maintenance/answers.py' }),
    ],
  });
