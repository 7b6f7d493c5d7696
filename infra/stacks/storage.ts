/** The buckets: what lands, what machines need, and who looked at either. All private, encrypted and reached by TLS only. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type BucketProps,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { bucketName } from '../../src/names.ts';
import type { InfraSettings } from '../settings.ts';

const PRIVATE: BucketProps = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
};

export class StorageStack extends Stack {
  /** What the S3 sink fills and Databricks reads. */
  readonly landing: IBucket;
  /** What machines need from other vendors, and Airflow's DAGs. */
  readonly artifacts: IBucket;

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
    this.landing = new Bucket(this, 'Landing', {
      ...PRIVATE,
      bucketName: bucketName(settings.id),
      lifecycleRules: [{ ...tidy, expiration: Duration.days(expireLandingDays) }],
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'landing/',
      removalPolicy: RemovalPolicy.RETAIN,
    }) as IBucket;
    this.artifacts = new Bucket(this, 'Artifacts', {
      ...PRIVATE,
      lifecycleRules: [tidy],
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: 'artifacts/',
      removalPolicy: RemovalPolicy.RETAIN,
    }) as IBucket;
  }
}
