/**
 * The interface of sinks. A sink only sends batches; reading, pacing, batching, retrying and counting are the same for
 * all sinks.
 */

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer;
}

/** The outcome of one record of a batch. */
export type Outcome =
  | { readonly status: 'delivered' }
  /** Rejected permanently: a retry would be rejected too. */
  | { readonly status: 'rejected'; readonly reason: string }
  /** Not accepted now; a retry may succeed. */
  | { readonly status: 'retriable'; readonly reason: string };

export const DELIVERED: Outcome = { status: 'delivered' };

/** Returns whether a retry of the record may succeed. */
export const isPending = ({ status }: Outcome): boolean => status === 'retriable';

/** The outcome of a record that was not sent before the run ended. */
export const NOT_SENT: Outcome = { status: 'retriable', reason: 'not sent' };

/** The limits of a batch; a record larger than `bytes` is sent in a separate batch. */
export interface BatchLimits {
  readonly records: number;
  /** The maximum size of keys and values, plus `overhead` for each record. */
  readonly bytes: number;
  readonly overhead: number;
  /** Time for which a batch that is not full waits for more records after the previous batch, in milliseconds (default 0). */
  readonly lingerMs?: number;
  /** Set for a sink that may accept one record of a batch and reject the next. If omitted, a lane keeps the order of all its records. */
  readonly keyed?: KeyedLimits;
}

/** The limits of a lane that keeps the order of each key separately: a batch then contains at most one record of a key. */
interface KeyedLimits {
  /** The maximum number of batches in flight. */
  readonly calls: number;
  /** The maximum rate of the lane; unlimited if omitted. */
  readonly perSecond?: RateLimits;
}

/** The maximum number of records and bytes per second. Both may change during a run. */
export interface RateLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface Sink {
  /** Returns the name of a dataset's topic or stream. */
  target(dataset: string): string;
  /**
   * Prepares for records of these datasets.
   * @throws {AppError} if the sink can't be reached or a target does not exist.
   */
  open(datasets: readonly string[]): Promise<void>;
  /**
   * Returns the lane of a record. Batches of one lane are sent one after the other (unless the lane's limits are `keyed`),
   * batches of different lanes in parallel. Records with the same key always share a lane, which keeps a post's versions in order.
   */
  lane(target: string, key: string | null): number;
  limits(target: string): BatchLimits;
  /** Returns why the record can never be sent; undefined if it can. If omitted, every record can be sent. */
  problem?(record: OutgoingRecord): string | undefined;
  /**
   * Sends one batch of one lane and returns an outcome for each record, in order. If the limits are not `keyed`, a retried
   * batch has the same records in the same order, unless parts of it were delivered or rejected.
   * @throws {AppError} if no record can be sent any more.
   */
  send(target: string, lane: number, batch: readonly OutgoingRecord[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}
