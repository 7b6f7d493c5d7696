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

/** Of a record whose turn never came, because the run ended before. */
export const NOT_SENT: Outcome = { status: 'retriable', reason: 'not sent' };

/** How much one batch may hold; a record larger than `bytes` goes alone. */
export interface BatchLimits {
  readonly records: number;
  /** Of keys and values, with the sink's own overhead for each record. */
  readonly bytes: number;
  readonly overhead: number;
  /** For a sink that may take one record of a batch and leave the next: a batch then holds one record of a key. */
  readonly keyed?: KeyedLimits;
}

/** How fast a lane may go whose order is kept key by key. The rates may change during a run. */
export interface KeyedLimits {
  /** Batches under way at the same time. */
  readonly calls: number;
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
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
  /**
   * Sends one batch of one lane; one outcome per record, in the batch's order. Where limits are not `keyed`, a batch
   * that comes again is the same records in the same order.
   * @throws {AppError} where no record can be sent any more.
   */
  send(target: string, lane: number, batch: readonly OutgoingRecord[]): Promise<readonly Outcome[]>;
  /** No more records will come: what waits for company goes now. */
  ending?(): void;
  close(): Promise<void>;
}
