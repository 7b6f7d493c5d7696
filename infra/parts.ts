/** The stacks, and what each is, in the order of deployment. */
export const STACKS = {
  storage: 'Buckets: what lands, and what machines need',
  streams: 'Kinesis streams',
  kafka: 'VPC, MSK cluster, client machine with the REST proxy',
  connect: 'MSK Connect with the S3 sink',
  ingress: 'API in front of the REST proxy and of Kinesis',
  databricks: 'Roles by which Databricks reads the bucket and the streams',
  orchestration: 'Airflow on MWAA',
} as const;

export type StackPart = keyof typeof STACKS;

/** Stacks that neither refer to a bucket nor to a stack that does. */
export const WITHOUT_BUCKETS: readonly StackPart[] = ['streams'];

export const isStackPart = (word: string): word is StackPart => Object.hasOwn(STACKS, word);
