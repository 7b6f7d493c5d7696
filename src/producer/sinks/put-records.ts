/**
 * What every way to Kinesis has in common: the operation PutRecords, of which each record is taken or left by itself, with
 * its limits. How the call gets there is the sink's own.
 */
import { randomUUID } from 'node:crypto';
import { streamName } from '../../names.ts';
import { type Answer, sendInHalves } from './bisect.ts';
import { sayThrottled } from './kinesis-errors.ts';
import {
  type BatchLimits,
  DELIVERED,
  isPending,
  type Outcome,
  type OutgoingRecord,
  type Sink,
} from './sink.ts';

export interface StreamOptions {
  /** The pipeline's id, which its streams' names hold. */
  readonly id: string;
  readonly maxRecordBytes?: number;
  readonly maxCallBytes?: number;
  /**
   * A stream is sent as much as so many shards take; default: as many as are open. An on-demand stream opens more only when
   * more is sent.
   */
  readonly shards?: number | undefined;
  /** How often the open shards are read again, in milliseconds. */
  readonly shardsIntervalMs?: number;
}

export interface StreamRecord {
  readonly PartitionKey: string;
  readonly Data: Buffer;
}

/** The outcome of a call. */
type PutAnswer =
  /** An error code, or none, for each record. */
  | { readonly codes: readonly (string | undefined)[] }
  /** None of it was done, or nobody knows; later it may be. */
  | { readonly later: string }
  /** For what the call holds: in smaller parts, all but the guilty record are taken. */
  | { readonly refused: string };

/** One way to Kinesis. */
export interface Streams {
  /** @throws AppError where no record can be sent any more */
  put(stream: string, records: readonly StreamRecord[]): Promise<PutAnswer>;
  /** Returns the number of open shards. @throws AppError where the stream does not exist or can't be reached */
  openShards(stream: string): Promise<number>;
  /** Why a record can't go this way; undefined where it can. */
  problem?(value: Buffer): string | undefined;
  close(): void;
}

const MIB = 1024 * 1024;

/** "Amazon Kinesis Data Streams quotas and limits", and the reference of PutRecords; keys count as data does. */
const CALL_RECORDS = 500;
export const CALL_BYTES = 5 * MIB;
/** More where the stream's MaxRecordSizeInKiB was raised. */
const RECORD_BYTES = MIB;
const PARTITION_KEY_LENGTH = 256;
const SHARD_RECORDS_PER_SECOND = 1000;
const SHARD_BYTES_PER_SECOND = 1_000_000;

/** An on-demand stream adds shards within minutes after its load grows. */
const SHARDS_INTERVAL_MS = 5 * 60_000;

/** Calls under way for each stream: enough for 60,000 records a second at 30 ms a call. */
const CALLS = 4;

/** What a record without a post's number has for a key. */
const UUID_BYTES = 36;

/**
 * Within one call the service puts records in any order, and a call without an answer may have been done: so records are
 * there at least once, and a key has one record under way at a time. The one gap that leaves: a call that was given up as
 * unanswered and yet arrives after the next version of the same post.
 */
export function streamsSink(options: StreamOptions, streams: Streams): Sink {
  const { id, maxRecordBytes = RECORD_BYTES } = options;
  const maxCallBytes = Math.max(options.maxCallBytes ?? CALL_BYTES, maxRecordBytes);
  const { shardsIntervalMs = SHARDS_INTERVAL_MS } = options;
  const limits = new Map<string, BatchLimits>();
  const open = new Map<string, OpenShards>();

  /**
   * Reads the open shards again while sending continues at the present rate; a failure is retried at the next
   * interval.
   */
  const readShardsAgain = (stream: string): void => {
    const known = open.get(stream);
    if (options.shards !== undefined || !known || performance.now() - known.readAt < shardsIntervalMs) return;
    known.readAt = performance.now();
    streams.openShards(stream).then(
      (count) => {
        known.count = count;
      },
      () => {},
    );
  };

  const put = async (
    stream: string,
    batch: readonly OutgoingRecord[],
  ): Promise<Answer<OutgoingRecord, Outcome>> => {
    const records = batch.map(({ key, value }) => ({ PartitionKey: partitionKey(key), Data: value }));
    const answer = await streams.put(stream, records);
    if ('later' in answer) return batch.map(() => ({ status: 'retriable', reason: answer.later }));
    if ('refused' in answer)
      return (record) => ({ status: 'refused', reason: `${sizeOf(record)} bytes, ${answer.refused}` });
    return batch.map((_, index) => {
      const code = answer.codes[index];
      return code === undefined ? DELIVERED : { status: 'retriable', reason: sayThrottled(code) };
    });
  };

  return {
    target: (dataset) => streamName(id, dataset),
    lane: () => 0,
    limits: (stream) => limits.get(stream) as BatchLimits,
    async open(datasets) {
      for (const dataset of datasets) {
        const stream = streamName(id, dataset);
        const count = await streams.openShards(stream);
        const known = { count: options.shards ?? count, readAt: performance.now() };
        open.set(stream, known);
        limits.set(stream, limitsFor(known, maxCallBytes));
      }
    },
    problem: (record) =>
      sizeOf(record) > maxRecordBytes
        ? `${sizeOf(record)} bytes with its key, over Kinesis's limit of ${maxRecordBytes}`
        : streams.problem?.(record.value),
    send(stream, _lane, batch) {
      readShardsAgain(stream);
      return sendInHalves(batch, (part) => put(stream, part), isPending);
    },
    async close() {
      streams.close();
    },
  };
}

/** A number that is too long for a partition key is rejected by cleaning: its order does not matter. */
const partitionKey = (key: string | null): string =>
  key !== null && key.length <= PARTITION_KEY_LENGTH ? key : randomUUID();

const sizeOf = ({ key, value }: OutgoingRecord): number =>
  value.length + (key !== null && key.length <= PARTITION_KEY_LENGTH ? key.length : UUID_BYTES);

/** How many shards a stream has, and when that was read. */
interface OpenShards {
  count: number;
  readAt: number;
}

const limitsFor = (shards: Readonly<OpenShards>, maxCallBytes: number): BatchLimits => ({
  records: CALL_RECORDS,
  bytes: Math.min(maxCallBytes, shards.count * SHARD_BYTES_PER_SECOND),
  overhead: UUID_BYTES,
  keyed: {
    calls: CALLS,
    perSecond: {
      get records() {
        return shards.count * SHARD_RECORDS_PER_SECOND;
      },
      get bytes() {
        return shards.count * SHARD_BYTES_PER_SECOND;
      },
    },
  },
});
