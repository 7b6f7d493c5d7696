/** Reads whole streams back, for tests. */
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';

export interface KinesisRecord {
  readonly shard: string;
  readonly key: string;
  readonly line: Buffer;
}

/** Every record of a stream up to its present end, in the order of its shard. */
export async function readStream(endpoint: string, stream: string): Promise<KinesisRecord[]> {
  const client = kinesisClient({ endpoint }, 3);
  const records: KinesisRecord[] = [];
  const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: stream }));
  for (const { ShardId = '' } of Shards) {
    const from = { StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let iterator = (await client.send(new GetShardIteratorCommand(from))).ShardIterator;
    for (let more = true; more && iterator; ) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      for (const { PartitionKey = '', Data = new Uint8Array() } of answer.Records ?? [])
        records.push({ shard: ShardId, key: PartitionKey, line: Buffer.from(Data) });
      more = (answer.Records?.length ?? 0) > 0;
      iterator = answer.NextShardIterator;
    }
  }
  client.destroy();
  return records;
}
