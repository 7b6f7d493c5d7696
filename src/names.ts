/** Every name that is made from the pipeline's id, so that producer, sink, notebooks and stacks agree on it. */

/** A Kafka topic, `<id>.pin`. `id` may be a placeholder such as `{pipeline_id}` where a notebook fills it in. */
export const topicName = (id: string, dataset: string): string => `${id}.${dataset}`;

/** A Kinesis data stream, `streaming-<id>-pin`. */
export const streamName = (id: string, dataset: string): string => `streaming-${id}-${dataset}`;

/** The bucket that the S3 sink fills. */
export const bucketName = (id: string): string => `pinterest-${id}-landing`;

/** Where the bucket is mounted for those who want a mount. */
export const mountPoint = (id: string): string => `/mnt/${id}`;

/** The folder of a topic's objects inside the bucket, as Confluent's S3 sink lays it out. */
export const topicFolder = (topic: string): string => `topics/${topic}`;

export const rawTable = (dataset: string): string => `raw_${dataset}`;
export const cleanTable = (dataset: string): string => `clean_${dataset}`;
export const rejectedTable = (dataset: string): string => `rejected_${dataset}`;

/** A job of the bundle, `pinterest-<id>-batch`. */
export const jobName = (id: string, job: string): string => `pinterest-${id}-${job}`;

/** A part of the cloud, `pinterest-<id>-kafka`: a CloudFormation stack, and the main thing in it. */
export const stackName = (id: string, part: string): string => `pinterest-${id}-${part}`;

/** A bucket that needs no name by which people know it: bucket names are the whole world's, so it says whose it is. */
export const placedBucketName = (id: string, kind: string, account: string, region: string): string =>
  `${stackName(id, kind)}-${account}-${region}`;

/** A name as SQL reads it, whatever is in it. */
export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
