/** The buckets: what lands, what machines need, and who looked at either. All private, encrypted and reached by TLS only. */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
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
import { type BucketKind, bucketOf } from '../buckets.ts';
import type { InfraSettings } from '../settings.ts';

const PRIVATE: BucketProps = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** What is in a bucket is never deleted with the stack: docs/aws.md says how to tear down. */
export class StorageStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    const { expireLandingDays, expireNoncurrentDays } = settings.storage;
    const tidy = {
      abortIncompleteMultipartUploadAfter: Duration.days(7),
      noncurrentVersionExpiration: Duration.days(expireNoncurrentDays),
    };
    const logs = new Bucket(this, 'AccessLogs', {
      ...PRIVATE,
      lifecycleRules: [{ ...tidy, expiration: Duration.days(settings.logs.retentionDays) }],
    }) as IBucket;
    const bucket = (kind: BucketKind, rule: LifecycleRule) => {
      const one = new Bucket(this, kind, {
        ...PRIVATE,
        bucketName: bucketOf(settings.id, kind),
        lifecycleRules: [rule],
        serverAccessLogsBucket: logs,
        serverAccessLogsPrefix: `${kind}/`,
      });
      new CfnOutput(this, `${kind}Bucket`, { value: one.bucketName });
    };
    bucket('landing', { ...tidy, expiration: Duration.days(expireLandingDays) });
    bucket('artifacts', tidy);
    if (settings.orchestration.enabled) bucket('airflow', tidy);
  }
}
