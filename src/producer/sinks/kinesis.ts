/** Kinesis Data Streams by the AWS SDK. */
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { inTime, type KinesisEndpoint, kinesisClient } from './kinesis-client.ts';
import { explainKinesis, isRefusal, retriableReason, StreamMissing } from './kinesis-errors.ts';
import { describeStream } from './kinesis-streams.ts';
import { type StreamOptions, streamsSink } from './put-records.ts';
import type { Sink } from './sink.ts';

export interface KinesisOptions extends KinesisEndpoint, StreamOptions {}

/** Attempts of the SDK's own at the calls that look at streams; records are sent again by the pipeline. */
const LOOKS = 3;

/** Returns the sink. A PutRecords call is tried once: the lane sends again what Kinesis does not take yet. */
export function kinesisSink(options: KinesisOptions): Sink {
  const client = kinesisClient(options, 1);
  return streamsSink(options, {
    async put(stream, records) {
      try {
        const command = new PutRecordsCommand({ StreamName: stream, Records: [...records] });
        const { Records = [] } = await client.send(command, inTime());
        return { codes: records.map((_, index) => Records[index]?.ErrorCode) };
      } catch (error) {
        const later = retriableReason(error, options);
        if (later !== undefined) return { later };
        if (isRefusal(error)) return { refused: `${error.name}: ${error.message}` };
        throw explainKinesis(error, options, stream);
      }
    },
    openShards: (stream) => openShards(stream, options),
    close: () => client.destroy(),
  });
}

async function openShards(stream: string, kinesis: KinesisEndpoint): Promise<number> {
  const client = kinesisClient(kinesis, LOOKS);
  try {
    const there = await describeStream(client, stream);
    if (there?.StreamStatus !== 'ACTIVE' && there?.StreamStatus !== 'UPDATING')
      throw new StreamMissing(stream, kinesis);
    return there.OpenShardCount as number;
  } catch (error) {
    throw explainKinesis(error, kinesis, stream);
  } finally {
    client.destroy();
  }
}
