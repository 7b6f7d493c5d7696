/**
 * The common part of the sinks for Kinesis: the operation PutRecords, which accepts or rejects each record separately, and
 * its limits. Each sink provides the transport.
 */
import { createHash, randomUUID } from 'node:crypto';
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
  /** The pipeline's id, a part of the names of its streams. */
  readonly id: string;
  readonly maxRecordBytes?: number;
  readonly maxCallBytes?: number;
  /**
   * The number of shards whose capacity limits the rate of a stream (default: the number of open shards). Set a higher
   * number for an on-demand stream that is to grow, because it opens more shards only if more is sent.
   */
  readonly shards?: number | undefined;
  /** Interval at which the number of open shards is read again, in milliseconds. */
  readonly shardsIntervalMs?: number;
}

export interface StreamRecord {
  readonly PartitionKey: string;
  readonly Data: Buffer;
}

/** The outcome of a call. */
type PutAnswer =
  /** For each record its error code, or undefined if it was accepted. */
  | { readonly codes: readonly (string | undefined)[] }
  /** The call failed, or its result is unknown; it can be retried. */
  | { readonly later: string }
  /**
   * The call was rejected because of its records. If they are sent in smaller parts, only the invalid record is
   * rejected.
   */
  | { readonly rejected: string };

/** A transport to Kinesis. */
export interface Streams {
  /** Calls PutRecords. @throws AppError if no record can be sent any more */
  put(stream: string, records: readonly StreamRecord[]): Promise<PutAnswer>;
  /** Returns the number of open shards. @throws AppError if the stream does not exist or can't be reached */
  openShards(stream: string): Promise<number>;
  /** Returns why a record can't be sent by this transport; undefined if it can. */
  problem?(value: Buffer): string | undefined;
  close(): void;
}

const MIB = 1024 * 1024;

/** Limits from "Amazon Kinesis Data Streams quotas and limits" and the reference of PutRecords. Keys count like data. */
const CALL_RECORDS = 500;
export const CALL_BYTES = 5 * MIB;
/** The default maximum size of a record; a stream's MaxRecordSizeInKiB can raise it. */
const RECORD_BYTES = MIB;
const PARTITION_KEY_LENGTH = 256;
const SHARD_RECORDS_PER_SECOND = 1000;
const SHARD_BYTES_PER_SECOND = 1_000_000;

/** Default of `shardsIntervalMs`: an on-demand stream adds shards within minutes after its load has grown. */
const SHARDS_INTERVAL_MS = 5 * 60_000;

/** Calls in flight for each stream: enough for 60,000 records per second at 30 ms per call. */
const CALLS = 4;

/** The size of the random key of a record without a key. */
const UUID_BYTES = 36;
/** The size of a SHA-256 in hexadecimal, which replaces a key that is too long for Kinesis. */
const HASH_BYTES = 64;

/**
 * Returns a sink. Within one call, Kinesis stores records in any order, and a call without an answer may have succeeded. So
 * records are delivered at least once, and a key has one record in flight at a time. Two gaps remain: a call that timed out
 * may still arrive after the next version of the same post, and Kinesis documents only a coarse order for versions that are
 * sent within milliseconds.
 */
export function streamsSink(options: StreamOptions, streams: Streams): Sink {
  const { id, maxRecordBytes = RECORD_BYTES } = options;
  const maxCallBytes = Math.max(options.maxCallBytes ?? CALL_BYTES, maxRecordBytes);
  const { shardsIntervalMs = SHARDS_INTERVAL_MS } = options;
  const limits = new Map<string, BatchLimits>();
  const open = new Map<string, OpenShards>();

  /**
   * Reads the number of open shards again. Meanwhile, sending continues at the current rate. After a failure, the
   * number is read again at the next interval.
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
    if ('rejected' in answer)
      return (record) => ({ status: 'rejected', reason: `${sizeOf(record)} bytes, ${answer.rejected}` });
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

/**
 * Returns the partition key: the record's key, its hash if it is too long for Kinesis, or a random key if the record has none.
 * All versions of a post must be in one shard, because sequence numbers are compared only within a shard.
 */
function partitionKey(key: string | null): string {
  if (key === null) return randomUUID();
  return key.length <= PARTITION_KEY_LENGTH ? key : createHash('sha256').update(key).digest('hex');
}

function sizeOf({ key, value }: OutgoingRecord): number {
  if (key === null) return value.length + UUID_BYTES;
  return value.length + (key.length <= PARTITION_KEY_LENGTH ? Buffer.byteLength(key) : HASH_BYTES);
}

/** The number of open shards of a stream, and when it was read. */
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
