/**
 * Batch, limit, send and retry for a sink that may take one record of a batch and leave the next. Only what was left is
 * sent again, and what has the same key waits behind it.
 */
import { TokenBucket } from './bucket.ts';
import { type Keyed, KeyedQueue } from './keyed-queue.ts';
import { fullJitter, type Retry } from './retry.ts';
import { type BatchLimits, type KeyedLimits, NOT_SENT, type Outcome } from './sinks/sink.ts';

export interface KeyedLaneOptions<T> {
  readonly limits: BatchLimits & { readonly keyed: KeyedLimits };
  readonly retry: Retry;
  /** Sends one batch, no two records of it with the same key. It never throws: a record without an outcome was not sent. */
  readonly send: (batch: readonly T[]) => Promise<readonly Outcome[]>;
  /** Called once for every record, with what became of it. */
  readonly settle: (record: T, outcome: Outcome) => void;
}

interface Trial<T> extends Keyed {
  readonly record: T;
  tries: number;
  /** When it was first tried. */
  since?: number;
}

/**
 * Holds at most one batch more than may be under way, counting every record that is not settled. A second batch leaves
 * while one is under way only when it is full: little comes through in small batches at once, much in large ones.
 */
export class KeyedLane<T extends Keyed> {
  readonly #options: KeyedLaneOptions<T>;
  readonly #queue: KeyedQueue<Trial<T>>;
  /**
   * They know the lane's share as a whole. Where the sink divides it among parts (shards) and one part gets more than the
   * others, that part turns records away, and the pauses before they come again are what slows it down.
   */
  readonly #buckets: { readonly records: TokenBucket; readonly bytes: TokenBucket };
  #held = 0;
  #heldBytes = 0;
  #calls = 0;
  #scheduled = false;
  #changed: (() => void) | undefined;

  constructor(options: KeyedLaneOptions<T>) {
    const { limits, retry } = options;
    this.#options = options;
    this.#queue = new KeyedQueue(limits);
    this.#buckets = {
      records: new TokenBucket(() => limits.keyed.recordsPerSecond, retry.clock),
      bytes: new TokenBucket(() => limits.keyed.bytesPerSecond, retry.clock),
    };
    retry.stop.addEventListener('abort', () => this.#work(), { once: true });
  }

  /** Resolves when there is room for the next record; undefined where there is some already. */
  add(record: T): Promise<void> | undefined {
    this.#held++;
    this.#heldBytes += record.bytes;
    this.#queue.add({ record, key: record.key, bytes: record.bytes, tries: 0 });
    if (this.#queue.hasFullBatch) this.#work();
    // Lets the reader go on first: the first batch would else be a single record.
    else this.#workAfter(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#isFull ? this.#until(() => !this.#isFull) : undefined;
  }

  /** Resolves when all that was added is settled. */
  async flush(): Promise<void> {
    await this.#until(() => this.#held === 0);
  }

  get #isFull(): boolean {
    const { records, bytes, keyed } = this.#options.limits;
    const batches = keyed.calls + 1;
    return this.#held >= records * batches || this.#heldBytes >= bytes * batches;
  }

  #work(): void {
    const { limits, retry } = this.#options;
    while (!this.#queue.isEmpty) {
      if (retry.stop.aborted) {
        for (const trial of this.#queue.take()) this.#settle(trial, NOT_SENT);
        this.#changed?.();
        continue;
      }
      if (this.#calls === limits.keyed.calls || (this.#calls > 0 && !this.#queue.hasFullBatch)) return;
      const debt = Math.max(this.#buckets.records.debtMs, this.#buckets.bytes.debtMs);
      if (debt > 0) {
        this.#workAfter(() => retry.clock.sleep(debt, retry.stop));
        return;
      }
      void this.#send(this.#queue.take());
    }
  }

  #workAfter(moment: () => Promise<void>): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    void moment().then(() => {
      this.#scheduled = false;
      this.#work();
    });
  }

  async #send(batch: readonly Trial<T>[]): Promise<void> {
    const { clock, random, givesUp, stop, waiting } = this.#options.retry;
    this.#calls++;
    this.#buckets.records.spend(batch.length);
    this.#buckets.bytes.spend(batch.reduce((sum, { bytes }) => sum + bytes, 0));
    const now = clock.now();
    for (const trial of batch) {
      trial.tries++;
      trial.since ??= now;
    }
    const outcomes = await this.#options.send(batch.map(({ record }) => record));
    this.#calls--;
    const again: Trial<T>[] = [];
    let reason = '';
    batch.forEach((trial, index) => {
      const outcome = outcomes[index] ?? NOT_SENT;
      const final = outcome.status !== 'retriable' || stop.aborted || givesUp(trial.since as number);
      if (final) this.#settle(trial, outcome);
      else if (again.push(trial) === 1) reason = outcome.reason;
    });
    if (again.length > 0) waiting(reason, again.length);
    this.#changed?.();
    this.#work();
    if (again.length === 0) return;
    await clock.sleep(fullJitter(Math.max(...again.map(({ tries }) => tries)), random), stop);
    this.#queue.putBack(again);
    this.#work();
  }

  #settle(trial: Trial<T>, outcome: Outcome): void {
    this.#held--;
    this.#heldBytes -= trial.bytes;
    this.#queue.release(trial);
    this.#options.settle(trial.record, outcome);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
  }
}
