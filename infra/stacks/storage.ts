/** Buckets and log groups, which must outlive the stacks that use them. The buckets are private and encrypted, and accept only TLS. */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BucketKind } from '../bucket-kinds.ts';
import { bucketOf } from '../buckets.ts';
import { LOGS, logName } from '../logs.ts';
import type { InfraSettings } from '../settings.ts';

const PRIVATE: BucketProps = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  // Objects are never deleted with the stack. After a failed creation, an empty bucket is deleted, because its name would otherwise
  // be in use at the next attempt.
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
};

export class StorageStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    const { expireLandingDays, expireNoncurrentDays } = settings.storage;
    for (const kind of LOGS)
      new LogGroup(this, `${kind}-log`, {
        logGroupName: logName(settings.id, kind),
        retention: settings.logs.retentionDays as RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const tidy = {
      abortIncompleteMultipartUploadAfter: Duration.days(7),
      noncurrentVersionExpiration: Duration.days(expireNoncurrentDays),
    };
    const logs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      bucketName: bucketOf(settings.id, 'logs'),
      lifecycleRules: [{ ...tidy, expiration: Duration.days(settings.logs.retentionDays) }],
    });
    keepPolicy(logs);
    const bucket = (kind: BucketKind, rule: LifecycleRule) => {
      const one = new Bucket(this, kind, {
        ...PRIVATE,
        bucketName: bucketOf(settings.id, kind),
        lifecycleRules: [rule],
        serverAccessLogsBucket: logs as IBucket,
        serverAccessLogsPrefix: `${kind}/`,
      });
      keepPolicy(one);
      new CfnOutput(this, `${kind}Bucket`, { value: one.bucketName });
    };
    bucket('landing', { ...tidy, expiration: Duration.days(expireLandingDays) });
    bucket('artifacts', tidy);
    if (settings.orchestration.enabled) bucket('airflow', tidy);
  }
}

/** Keeps the policy of a bucket that outlives the stack, so that the bucket still accepts only TLS, and access logs if it is for them. */
const keepPolicy = (bucket: Bucket): void =>
  bucket.policy?.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
