/**
 * The jobs of the streaming pipeline, and the job that mounts the bucket. `stream` and `mount` need a classic cluster;
 * `stream_answers` reads the tables that `stream` writes.
 */
import type { Dataset } from '../../src/datasets/dataset.ts';
import { mountPoint } from '../../src/names.ts';
import type { Query } from '../../src/queries/query.ts';
import {
  answers,
  cron,
  type Jobs,
  job,
  parameters,
  STREAM_CHECKPOINTS,
  STREAM_SCHEMA,
  task,
  variables,
} from './job.ts';

const RUNTIME = '18.x-scala2.13'; // 18 LTS, whose key has no minor version

/**
 * Returns a cluster of one machine (`num_workers` 0, Spark in local mode), because most of a stream's work is planning,
 * which only the driver does. The cluster has a single user, because instance profiles and mounts do not work in shared
 * access mode. It is never a spot instance, because it contains the streams' state.
 */
export const cluster = (job_cluster_key: string) => ({
  job_cluster_key,
  new_cluster: {
    spark_version: RUNTIME,
    node_type_id: '${var.node_type}',
    num_workers: 0,
    spark_conf: { 'spark.databricks.cluster.profile': 'singleNode', 'spark.master': 'local[*]' },
    custom_tags: { ResourceClass: 'SingleNode' },
    data_security_mode: 'SINGLE_USER',
    aws_attributes: { instance_profile_arn: '${var.instance_profile}', availability: 'ON_DEMAND' },
  },
});

export const on = (job_cluster_key: string, tasks: readonly ReturnType<typeof task>[]) =>
  tasks.map((one) => ({ ...one, job_cluster_key }));

/**
 * Returns the continuous job. Its tasks can't depend on each other. They can't have a retry policy either, because
 * Databricks retries them automatically.
 */
export const stream = (datasets: readonly Dataset[]): Jobs =>
  job('stream', 'Turns posts from Kinesis into clean tables, continuously: one streaming query per task.', {
    continuous: { pause_status: '${var.stream_status}', task_retry_mode: 'ON_FAILURE' },
    job_clusters: [cluster('stream')],
    parameters: parameters({
      ...variables('catalog'),
      schema: STREAM_SCHEMA,
      ...variables('pipeline_id'),
      checkpoints: STREAM_CHECKPOINTS,
      ...variables('deletion_vectors'),
      trigger: '${var.stream_trigger}',
      ...variables(
        'region',
        'initial_position',
        'consumer_mode',
        'max_fetch_duration',
        'stream_generation',
        'service_credential',
        'role_arn',
        'secret_scope',
      ),
    }),
    tasks: on(
      'stream',
      datasets.map(({ name }) =>
        task(`clean_${name}`, { path: `3_clean/${name}.py`, parameters: { source: 'kinesis' } }),
      ),
    ),
  });

export const streamAnswers = (queries: readonly Query[]): Jobs =>
  job('stream_answers', 'Computes the answers of the stream schema, on a schedule.', {
    schedule: { ...cron('${var.stream_answers_schedule}'), pause_status: '${var.stream_status}' },
    parameters: parameters({ ...variables('catalog'), schema: STREAM_SCHEMA }),
    // No task that creates the tables comes first: on serverless compute, its start would delay answers on a warehouse by minutes.
    tasks: answers(queries, () => []),
  });

export const mount = (): Jobs =>
  job('mount', 'Mounts the landing bucket under /mnt/…, if a mount is needed. Run it once, by hand.', {
    job_clusters: [cluster('mount')],
    parameters: parameters({ ...variables('bucket'), mount_point: mountPoint('${var.pipeline_id}') }),
    tasks: on('mount', [task('mount', { path: '1_mount/s3.py' })]),
  });
