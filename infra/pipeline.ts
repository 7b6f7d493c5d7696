/** All stacks of the pipeline, in the order in which they are deployed. */
import { App } from 'aws-cdk-lib';
import { stackName } from '../src/names.ts';
import type { InfraSettings } from './settings.ts';
import { IngressStack } from './stacks/ingress.ts';
import { KafkaStack } from './stacks/kafka.ts';
import { StorageStack } from './stacks/storage.ts';
import { StreamsStack } from './stacks/streams.ts';

export interface Pipeline {
  readonly storage: StorageStack;
  readonly streams: StreamsStack;
  readonly kafka: KafkaStack;
  readonly ingress: IngressStack;
}

/**
 * CDK's newer behaviour where an older one is still the default. The list stands in code rather than in cdk.json, so that
 * the CDK's command line and a synthesis in this process make the same templates.
 */
const FLAGS = {
  '@aws-cdk/aws-apigateway:logGroupDestinationArnWithoutWildcard': true,
  '@aws-cdk/aws-apigateway:requestValidatorUniqueId': true,
  '@aws-cdk/aws-iam:minimizePolicies': true,
  '@aws-cdk/aws-s3:createDefaultLoggingPolicy': true,
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws', 'aws-cn'],
};

/** An app for the stacks; `outdir` is where the templates go, a temporary folder when left out. */
export const makeApp = (outdir?: string): App =>
  new App({ analyticsReporting: false, postCliContext: FLAGS, ...(outdir === undefined ? {} : { outdir }) });

export function makePipeline(app: App, settings: InfraSettings): Pipeline {
  const name = (part: string) => stackName(settings.id, part);
  const says = (description: string) => ({ description, tags: { pipeline: settings.id } });
  const storage = new StorageStack(app, name('storage'), settings, says('Buckets of the pipeline'));
  const streams = new StreamsStack(app, name('streams'), settings, says('Kinesis streams'));
  const kafka = new KafkaStack(
    app,
    name('kafka'),
    settings,
    storage,
    says('VPC, MSK and its client machine'),
  );
  const ingress = new IngressStack(app, name('ingress'), settings, kafka, says('The API in front of both'));
  return { storage, streams, kafka, ingress };
}
