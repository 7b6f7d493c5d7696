/** Kinesis Data Streams: PutRecords, of which each record is taken or left by itself. */
import { randomUUID } from 'node:crypto';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { streamName } from '../../names.ts';
import { inTime, type KinesisPlace, kinesisClient } from './kinesis-client.ts';
import { explainKinesis, isRefusal, retriableReason, StreamMissing, sayThrottled } from './kinesis-errors.ts';
import { describeStream } from './kinesis-streams.ts';
import { type BatchLimits, DELIVERED, type Outcome, type OutgoingRecord, type Sink } from './sink.ts';

export interface KinesisOptions extends KinesisPlace {
  /** The pipeline's id, which its streams' names hold. */
  readonly id: string;
  readonly maxRecordBytes?: number;
  readonly maxCallBytes?: number;
  /**
   * A stream is sent as much as so many shards take; default: as many as are open when the run begins. An on-demand stream
   * opens more only when more is sent.
   */
  readonly shards?: number | undefined;
}

const MIB = 1024 * 1024;

/** "Amazon Kinesis Data Streams quotas and limits", and the reference of PutRecords; keys count as data does. */
const CALL_RECORDS = 500;
export const CALL_BYTES = 5 * MIB;
/** More where the stream's MaxRecordSizeInKiB was raised. */
export const RECORD_BYTES = MIB;
const PARTITION_KEY_LENGTH = 256;
const SHARD_RECORDS_PER_SECOND = 1000;
const SHARD_BYTES_PER_SECOND = 1_000_000;

/** Calls under way for each stream: enough for 60,000 records a second at 30 ms a call. */
const CALLS = 4;

/** What a record without a post's number has for a key. */
const UUID_BYTES = 36;

/** Attempts of the SDK's own at the calls that look at streams; records are sent again by the pipeline. */
const LOOKS = 3;

/**
 * Within one call the service puts records in any order, and a call without an answer may have been done: so records are
 * there at least once, and a key has one record under way at a time. The one gap that leaves: a call that was given up as
 * unanswered and yet arrives after the next version of the same post.
 */
export function kinesisSink(options: KinesisOptions): Sink {
  const { id, maxRecordBytes = RECORD_BYTES } = options;
  const maxCallBytes = Math.max(options.maxCallBytes ?? CALL_BYTES, maxRecordBytes);
  const client = kinesisClient(options, 1);
  const limits = new Map<string, BatchLimits>();

  const put = async (stream: string, batch: readonly OutgoingRecord[]): Promise<Outcome[]> => {
    const Records = batch.map(({ key, value }) => ({ PartitionKey: partitionKey(key), Data: value }));
    try {
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records }), inTime());
      return batch.map((_, index) => {
        const code = answer.Records?.[index]?.ErrorCode;
        return code === undefined ? DELIVERED : { status: 'retriable', reason: sayThrottled(code) };
      });
    } catch (error) {
      const reason = retriableReason(error, options);
      if (reason !== undefined) return batch.map(() => ({ status: 'retriable', reason }));
      if (!isRefusal(error)) throw explainKinesis(error, options, stream);
      const [first] = batch;
      if (batch.length === 1 && first)
        return [{ status: 'refused', reason: `${sizeOf(first)} bytes, ${error.name}: ${error.message}` }];
      const half = batch.length >> 1;
      return [...(await put(stream, batch.slice(0, half))), ...(await put(stream, batch.slice(half)))];
    }
  };

  return {
    target: (dataset) => streamName(id, dataset),
    lane: () => 0,
    limits: (stream) => limits.get(stream) as BatchLimits,
    async open(datasets) {
      for (const dataset of datasets) {
        const stream = streamName(id, dataset);
        const open = await openShards(stream, options);
        limits.set(stream, limitsFor(options.shards ?? open, maxCallBytes));
      }
    },
    async send(stream, _lane, batch) {
      const small = batch.filter((record) => sizeOf(record) <= maxRecordBytes);
      const outcomes = (small.length > 0 ? await put(stream, small) : []).values();
      return batch.map((record) =>
        sizeOf(record) <= maxRecordBytes
          ? (outcomes.next().value as Outcome)
          : {
              status: 'refused',
              reason: `${sizeOf(record)} bytes with its key, over Kinesis's limit of ${maxRecordBytes}`,
            },
      );
    },
    async close() {
      client.destroy();
    },
  };
}

/** A number can be too long for a key; cleaning rejects it, so its place does not matter either. */
const partitionKey = (key: string | null): string =>
  key !== null && key.length <= PARTITION_KEY_LENGTH ? key : randomUUID();

const sizeOf = ({ key, value }: OutgoingRecord): number =>
  value.length + (key !== null && key.length <= PARTITION_KEY_LENGTH ? key.length : UUID_BYTES);

const limitsFor = (shards: number, maxCallBytes: number): BatchLimits => ({
  records: CALL_RECORDS,
  bytes: Math.min(maxCallBytes, shards * SHARD_BYTES_PER_SECOND),
  overhead: UUID_BYTES,
  keyed: {
    calls: CALLS,
    recordsPerSecond: shards * SHARD_RECORDS_PER_SECOND,
    bytesPerSecond: shards * SHARD_BYTES_PER_SECOND,
  },
});

async function openShards(stream: string, place: KinesisPlace): Promise<number> {
  const client = kinesisClient(place, LOOKS);
  try {
    const there = await describeStream(client, stream);
    if (there?.StreamStatus !== 'ACTIVE' && there?.StreamStatus !== 'UPDATING')
      throw new StreamMissing(stream, place);
    return there.OpenShardCount as number;
  } catch (error) {
    throw explainKinesis(error, place, stream);
  } finally {
    client.destroy();
  }
}
