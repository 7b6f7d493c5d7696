/** The sink for Kinesis Data Streams, through the AWS SDK. */
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { inTime, type KinesisEndpoint, kinesisClient } from './kinesis-client.ts';
import { explainKinesis, isRejection, retriableReason, streamMissing } from './kinesis-errors.ts';
import { describeStream } from './kinesis-streams.ts';
import { type StreamOptions, streamsSink } from './put-records.ts';
import type { Sink } from './sink.ts';

export interface KinesisOptions extends KinesisEndpoint, StreamOptions {}

/** Returns the sink. The SDK tries a PutRecords call once: the lane retries the records that Kinesis did not accept. */
export function kinesisSink(options: KinesisOptions): Sink {
  const client = kinesisClient(options, 1);
  return streamsSink(options, {
    async put(stream, records) {
      try {
        const command = new PutRecordsCommand({ StreamName: stream, Records: [...records] });
        const { Records = [] } = await client.send(command, inTime());
        // A record without a result may not have arrived.
        if (Records.length !== records.length)
          return { later: 'Kinesis did not return a result for each record' };
        return { codes: Records.map(({ ErrorCode }) => ErrorCode) };
      } catch (error) {
        const later = retriableReason(error, options);
        if (later !== undefined) return { later };
        if (isRejection(error)) return { rejected: `${error.name}: ${error.message}` };
        throw explainKinesis(error, options, stream);
      }
    },
    openShards: (stream) => openShards(stream, options),
    close: () => client.destroy(),
  });
}

async function openShards(stream: string, kinesis: KinesisEndpoint): Promise<number> {
  const client = kinesisClient(kinesis);
  try {
    const there = await describeStream(client, stream);
    if (there?.StreamStatus !== 'ACTIVE' && there?.StreamStatus !== 'UPDATING')
      throw streamMissing(stream, kinesis);
    return there.OpenShardCount as number;
  } catch (error) {
    throw explainKinesis(error, kinesis, stream);
  } finally {
    client.destroy();
  }
}
