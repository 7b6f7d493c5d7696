/** The kinds of the pipeline's buckets and their names. This file doesn't import the CDK, which takes seconds to load. */
import { bucketName, placedBucketName } from '../src/names.ts';

/** All kinds. Bucket `airflow` exists only if the setting `orchestration.enabled` was once true. */
export const BUCKET_KINDS = ['landing', 'artifacts', 'airflow', 'logs'] as const;
export type BucketKind = (typeof BUCKET_KINDS)[number];

/** Returns the name of a bucket in an account and region. */
export const bucketIn = (id: string, kind: BucketKind, account: string, region: string): string =>
  kind === 'landing' ? bucketName(id) : placedBucketName(id, kind, account, region);
