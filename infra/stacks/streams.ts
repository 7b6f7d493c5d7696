/** The Kinesis streams: one for each dataset, on demand and encrypted. */
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import type { Construct } from 'constructs';
import { datasets } from '../../src/datasets/index.ts';
import { streamName } from '../../src/names.ts';
import type { InfraSettings } from '../settings.ts';

export class StreamsStack extends Stack {
  readonly streams: readonly Stream[];

  constructor(scope: Construct, name: string, settings: InfraSettings, props: StackProps) {
    super(scope, name, props);
    this.streams = datasets.map(
      (dataset) =>
        new Stream(this, dataset.name, {
          streamName: streamName(settings.id, dataset.name),
          streamMode: StreamMode.ON_DEMAND,
          encryption: StreamEncryption.MANAGED,
          retentionPeriod: Duration.hours(settings.streams.retentionHours),
          // A stream forgets by itself; the records that were read are in raw_*.
          removalPolicy: RemovalPolicy.DESTROY,
        }),
    );
  }
}
