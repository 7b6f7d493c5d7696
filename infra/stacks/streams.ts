/** The Kinesis streams: one for each dataset, encrypted; on demand, or with a fixed number of shards. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { streamName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import type { InfraSettings } from '../settings.ts';

/** Returns the ARNs of the streams. */
export const streamArns = (stack: Stack, id: string): string[] =>
  datasets.map(({ name }) =>
    stack.formatArn({ service: 'kinesis', resource: 'stream', resourceName: streamName(id, name) }),
  );

export class StreamsStack extends Stack {
  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    const { mode, shards, retentionHours } = settings.streams;
    const capacity =
      mode === 'on-demand'
        ? { streamMode: StreamMode.ON_DEMAND }
        : { streamMode: StreamMode.PROVISIONED, shardCount: shards };
    for (const dataset of datasets)
      new Stream(this, dataset.name, {
        ...capacity,
        streamName: streamName(settings.id, dataset.name),
        encryption: StreamEncryption.MANAGED,
        retentionPeriod: Duration.hours(retentionHours),
        // The stream need not outlive the stack: it keeps records only for a time, and records that were read are in raw_*.
        removalPolicy: RemovalPolicy.DESTROY,
      });
  }
}
