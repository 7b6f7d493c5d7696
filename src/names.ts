/** All names that contain the project's name or the pipeline's id, so that producer, sink, notebooks and stacks use the same names. */
import { PROJECT } from './project/project.ts';

/** The pattern of a name, and its description for errors. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly expected: string;
}

/** The path of a volume, or of a folder in a volume. A segment `..` would lead out of the volume. */
export const VOLUME_PATH: NameRule = {
  pattern: /^\/Volumes(\/(?!\.{1,2}(\/|$))[^/]+){3,}\/?$/,
  expected: 'a path /Volumes/<catalog>/<schema>/<volume>, or of a folder below it',
};

/** The maximum length of the pipeline's id and the project's name together. */
const MAX_NAME_AND_ID = 24;

const MAX_ID = MAX_NAME_AND_ID - PROJECT.length;

/**
 * The pipeline's id is part of all names below. The strictest limit applies to the S3 bucket
 * `<project>-<id>-artifacts-<account>-<region>`: 63 characters, of which an account's id takes 12 and the longest region's
 * name, `ap-southeast-1`, 14. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 * The name of the source database must not contain `--`: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
 */
export const PIPELINE_ID: NameRule = {
  pattern: new RegExp(`^(?=.{1,${MAX_ID}}$)[a-z0-9]+(-[a-z0-9]+)*$`),
  expected: `1 to ${MAX_ID} lower-case letters, digits and -, with a letter or digit on both sides of each -, because it is part of names of S3 buckets`,
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET: NameRule = {
  pattern: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
  expected:
    'the name of an S3 bucket: 3 to 63 lower-case letters, digits and -, with a letter or digit at both ends',
};

/** A catalog, schema or volume. https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names */
export const UNITY_CATALOG: NameRule = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern rejects them
  pattern: /^[^./ \u0000-\u001f\u007f]{1,255}$/u,
  expected: 'a name without dots, slashes, blanks or control characters, 1 to 255 characters',
};

/**
 * Returns the name of a Kafka topic, `<id>.orders`. `id` may be a placeholder such as `{pipeline_id}`, which a
 * notebook replaces.
 */
export const topicName = (id: string, dataset: string): string => `${id}.${dataset}`;

/** Returns the name of a Kinesis data stream, `streaming-<id>-orders`. */
export const streamName = (id: string, dataset: string): string => `streaming-${id}-${dataset}`;

/** Returns the name of the bucket that the S3 sink fills. */
export const bucketName = (id: string): string => `${PROJECT}-${id}-landing`;

/** Returns the name of a project's package, which is also the user agent of the project's tools. */
export const packageName = (project: string): string => `${project}-event-pipeline`;

/** The schemas of the two pipelines. */
export const SCHEMA = PROJECT;
export const STREAM_SCHEMA = `${PROJECT}_stream`;

/** Returns the path at which the bucket is mounted, if a mount is used. */
export const mountPoint = (id: string): string => `/mnt/${id}`;

/** Returns the folder of a topic's objects in the bucket, in the layout of Confluent's S3 sink. */
export const topicFolder = (topic: string): string => `topics/${topic}`;

/**
 * Returns the name of the object that begins with the record at `offset`, without its extension, as Confluent's S3 sink
 * writes it: `<topic>+0+0000000042`.
 */
export const objectName = (topic: string, partition: number, offset: number | bigint): string =>
  `${topic}+${partition}+${String(offset).padStart(OFFSET_DIGITS, '0')}`;

/** Confluent's `filename.offset.zero.pad.width`. */
const OFFSET_DIGITS = 10;

export const rawTable = (dataset: string): string => `raw_${dataset}`;
export const cleanTable = (dataset: string): string => `clean_${dataset}`;
export const rejectedTable = (dataset: string): string => `rejected_${dataset}`;

/** Returns the name of a job of the bundle, `<project>-<id>-batch`. */
export const jobName = (id: string, job: string): string => `${PROJECT}-${id}-${job}`;

/** Returns the name of a CloudFormation stack and of its main resource, `<project>-<id>-kafka`. */
export const stackName = (id: string, part: string): string => `${PROJECT}-${id}-${part}`;

/** Returns the name of an internal bucket. The name contains account and region, because bucket names are global. */
export const placedBucketName = (id: string, kind: string, account: string, region: string): string =>
  `${stackName(id, kind)}-${account}-${region}`;

/** Returns a name quoted for SQL. */
export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
