/** The orders that a lane can keep: each decides which of the waiting records may be sent next. */
import type { BatchLimits } from './sinks/sink.ts';

export interface Queued {
  /** Null if the record's order does not matter. */
  readonly key: string | null;
  readonly bytes: number;
}

/** A queue of records. Every added record is taken, then either released or put back to be taken again. */
export interface Ordering<T extends Queued> {
  /** Whether `take` would return a batch now. */
  readonly hasBatch: boolean;
  /** Whether the batch should be sent without waiting for more records. */
  readonly hasFullBatch: boolean;
  add(record: T): void;
  /**
   * Returns the next batch. If the order is kept for each key, no two records of the batch have the same key. Requires
   * `hasBatch`.
   */
  take(): readonly T[];
  /** Puts taken records back, before all others. */
  putBack(records: readonly T[]): void;
  /** Releases a taken record, which was delivered, rejected or abandoned. */
  release(record: T): void;
}

/**
 * Keeps all records in order. Invariant: a batch is taken only after all records of the previous batch are released or
 * put back.
 */
export class InOrder<T extends Queued> implements Ordering<T> {
  readonly #ready: Ready<T>;
  /**
   * Records put back. They form the next batch unchanged, because a sink may recognize a repeated batch by its records.
   */
  #again: readonly T[] = [];
  #taken = 0;

  constructor(limits: BatchLimits) {
    this.#ready = new Ready(limits);
  }

  get hasBatch(): boolean {
    return this.#taken === 0 && (this.#again.length > 0 || this.#ready.hasAny);
  }

  get hasFullBatch(): boolean {
    return this.#again.length > 0 || this.#ready.isFull;
  }

  add(record: T): void {
    this.#ready.push(record);
  }

  take(): readonly T[] {
    const batch = this.#again.length > 0 ? this.#again : this.#ready.take();
    this.#again = [];
    this.#taken = batch.length;
    return batch;
  }

  putBack(records: readonly T[]): void {
    this.#again = records;
    this.#taken -= records.length;
  }

  release(): void {
    this.#taken--;
  }
}

/**
 * Keeps the records of each key in order. Invariant: of each key's records that are not released, at most one is ready
 * or taken; the others wait. Therefore no record overtakes an earlier record of its key, even if several batches are in
 * flight or a batch is accepted only in part.
 */
export class InOrderPerKey<T extends Queued> implements Ordering<T> {
  readonly #behind = new Map<string, T[]>();
  readonly #ready: Ready<T>;

  constructor(limits: BatchLimits) {
    this.#ready = new Ready(limits);
  }

  get hasBatch(): boolean {
    return this.#ready.hasAny;
  }

  get hasFullBatch(): boolean {
    return this.#ready.isFull;
  }

  add(record: T): void {
    const behind = record.key === null ? undefined : this.#behind.get(record.key);
    if (behind) {
      behind.push(record);
      return;
    }
    if (record.key !== null) this.#behind.set(record.key, []);
    this.#ready.push(record);
  }

  take(): readonly T[] {
    return this.#ready.take();
  }

  putBack(records: readonly T[]): void {
    this.#ready.unshift(records);
  }

  release({ key }: T): void {
    if (key === null) return;
    const next = this.#behind.get(key)?.shift();
    if (next) this.#ready.push(next);
    else this.#behind.delete(key);
  }
}

/** Records that may be sent, divided into batches. */
class Ready<T extends Queued> {
  readonly #limits: BatchLimits;
  readonly #records: T[] = [];
  #bytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get hasAny(): boolean {
    return this.#records.length > 0;
  }

  get isFull(): boolean {
    return this.#records.length >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  push(record: T): void {
    this.#records.push(record);
    this.#bytes += record.bytes;
  }

  unshift(records: readonly T[]): void {
    this.#records.unshift(...records);
    for (const { bytes } of records) this.#bytes += bytes;
  }

  /** Returns the next batch; a record that is larger than a batch is returned in a separate batch. */
  take(): T[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.#records) {
      if (count > 0 && (count >= this.#limits.records || bytes + record.bytes > this.#limits.bytes)) break;
      bytes += record.bytes;
      count++;
    }
    this.#bytes -= bytes;
    return this.#records.splice(0, count);
  }
}
