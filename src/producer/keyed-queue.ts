/** Batch: the records that wait to be sent, in an order that holds for each key by itself. */
import type { Sized } from './lane.ts';
import type { BatchLimits } from './sinks/sink.ts';

export interface Keyed extends Sized {
  /** Null where a record's place among the others does not matter. */
  readonly key: string | null;
}

/**
 * Invariant: of all records of a key that were added and not released, at most one is ready or taken; the others stand
 * behind it. So a batch never holds two of a key, and no answer, however partial or late, lets one overtake another.
 */
export class KeyedQueue<T extends Keyed> {
  readonly #limits: BatchLimits;
  readonly #behind = new Map<string, T[]>();
  #ready: T[] = [];
  #readyBytes = 0;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#ready.length === 0;
  }

  get hasFullBatch(): boolean {
    return this.#ready.length >= this.#limits.records || this.#readyBytes >= this.#limits.bytes;
  }

  add(record: T): void {
    const behind = record.key === null ? undefined : this.#behind.get(record.key);
    if (behind) {
      behind.push(record);
      return;
    }
    if (record.key !== null) this.#behind.set(record.key, []);
    this.#push(record);
  }

  /** The next batch, at least one record where any is ready: one that is larger than a batch goes alone. */
  take(): T[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.#ready) {
      if (count > 0 && (count >= this.#limits.records || bytes + record.bytes > this.#limits.bytes)) break;
      bytes += record.bytes;
      count++;
    }
    this.#readyBytes -= bytes;
    return this.#ready.splice(0, count);
  }

  /** Puts taken records back, before all others. */
  putBack(records: readonly T[]): void {
    this.#ready.unshift(...records);
    for (const { bytes } of records) this.#readyBytes += bytes;
  }

  /** Ends a taken record: the next one of its key is ready. */
  release({ key }: T): void {
    if (key === null) return;
    const next = this.#behind.get(key)?.shift();
    if (next) this.#push(next);
    else this.#behind.delete(key);
  }

  #push(record: T): void {
    this.#ready.push(record);
    this.#readyBytes += record.bytes;
  }
}
