/** The buckets' names and ARNs. Stacks refer to each other's buckets by name, so no stack needs another stack's exports. */
import { Aws } from 'aws-cdk-lib';
import { type BucketKind, bucketIn } from './bucket-kinds.ts';

export const bucketOf = (id: string, kind: BucketKind): string =>
  bucketIn(id, kind, Aws.ACCOUNT_ID, Aws.REGION);

/** Returns the ARN of a bucket, or of its objects that match `objects`. */
export const bucketArn = (id: string, kind: BucketKind, objects?: string): string =>
  `arn:${Aws.PARTITION}:s3:::${bucketOf(id, kind)}${objects === undefined ? '' : `/${objects}`}`;
