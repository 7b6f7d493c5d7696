/**
 * Where records go. A sink only knows how to send one batch; reading, pacing, batching, retrying and counting are the
 * same for all of them.
 */

export interface OutgoingRecord {
  readonly key: string | null;
  readonly value: Buffer;
}

/** What became of one record of a batch. */
export type Outcome =
  | { readonly status: 'delivered' }
  /** For good: sending it again would be refused again. */
  | { readonly status: 'refused'; readonly reason: string }
  /** Not now; the same record may be taken later. */
  | { readonly status: 'retriable'; readonly reason: string };

export const DELIVERED: Outcome = { status: 'delivered' };

/** Returns whether the record may be taken later. */
export const isPending = ({ status }: Outcome): boolean => status === 'retriable';

/** Of a record whose turn never came, because the run ended before. */
export const NOT_SENT: Outcome = { status: 'retriable', reason: 'not sent' };

/** How much one batch may hold; a record larger than `bytes` goes alone. */
export interface BatchLimits {
  readonly records: number;
  /** Of keys and values, with the sink's own overhead for each record. */
  readonly bytes: number;
  readonly overhead: number;
  /** How long a batch that is not full waits for more records after the one before it, in milliseconds; default 0. */
  readonly lingerMs?: number;
  /** For a sink that may take one record of a batch and leave the next. Left out, a lane keeps the order of all its records. */
  readonly keyed?: KeyedLimits;
}

/** Of a lane that keeps order for each key by itself: a batch then holds one record of a key. */
interface KeyedLimits {
  /** Batches under way at the same time. */
  readonly calls: number;
  /** How fast the lane may send; left out, as fast as its calls are answered. */
  readonly perSecond?: RateLimits;
}

/** These may change during a run. */
export interface RateLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface Sink {
  /** Where a dataset's records go: a topic, a stream. */
  target(dataset: string): string;
  /**
   * Gets ready to take records of these datasets.
   * @throws {AppError} where the sink can't be reached or a target is not there.
   */
  open(datasets: readonly string[]): Promise<void>;
  /**
   * The lane a record goes in: batches of one lane are sent one after the other (unless its limits are `keyed`), those
   * of different lanes at the same time. Records of one key always share a lane, which keeps a post's versions in order.
   */
  lane(target: string, key: string | null): number;
  limits(target: string): BatchLimits;
  /** Returns why the record can never be sent; undefined where it can. Left out, every record can. */
  problem?(record: OutgoingRecord): string | undefined;
  /**
   * Sends one batch of one lane and returns an outcome for each record, in the batch's order. Where limits are not `keyed`,
   * a batch that is sent again is the same records in the same order.
   * @throws {AppError} where no record can be sent any more.
   */
  send(target: string, lane: number, batch: readonly OutgoingRecord[]): Promise<readonly Outcome[]>;
  close(): Promise<void>;
}
