/** Batch, limit, send and retry for one lane of a sink. The number and bytes of its records in memory are bounded. */
import { TokenBucket } from './bucket.ts';
import type { Clock } from './clock.ts';
import { InOrder, InOrderPerKey, type Ordering, type Queued } from './ordering.ts';
import { fullJitter, type Retry } from './retry.ts';
import { type BatchLimits, NOT_SENT, type Outcome, type RateLimits } from './sinks/sink.ts';

export interface LaneOptions<T> {
  readonly limits: BatchLimits;
  readonly retry: Retry;
  /** Sends one batch. Never throws. A record without an outcome counts as not sent. */
  readonly send: (batch: readonly T[]) => Promise<readonly Outcome[]>;
  /** Called once for every record, with its final outcome. */
  readonly settle: (record: T, outcome: Outcome) => void;
}

interface Attempted<T> extends Queued {
  readonly record: T;
  attempts: number;
  /** The time of the first attempt. */
  since?: number;
}

/**
 * Contains the unsettled records, at most one batch more than may be in flight. While a batch is in flight, another
 * batch is sent only if it is full. Therefore, the records of a slow source are sent immediately in small batches, and
 * those of a fast source in full batches.
 */
export class Lane<T extends Queued> {
  readonly #options: LaneOptions<T>;
  readonly #ordering: Ordering<Attempted<T>>;
  /**
   * The rate limits of the whole lane. They do not limit each shard of a stream: if one shard gets more records than
   * the others, it throttles records, and the pauses before the retries reduce its load.
   */
  readonly #rates: readonly Rate[];
  readonly #maxCalls: number;
  readonly #flushing = new AbortController();
  #held = 0;
  #heldBytes = 0;
  #calls = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #scheduled = false;
  #onChange: (() => void) | undefined;

  constructor(options: LaneOptions<T>) {
    const { limits, retry } = options;
    this.#options = options;
    this.#ordering = limits.keyed ? new InOrderPerKey(limits) : new InOrder(limits);
    this.#maxCalls = limits.keyed?.calls ?? 1;
    this.#rates = ratesOf(limits.keyed?.perSecond, retry.clock);
    retry.stop.addEventListener('abort', () => this.#work(), { once: true });
  }

  /** Whether the next record must wait until an earlier record is settled. */
  get isFull(): boolean {
    const { records, bytes } = this.#options.limits;
    const batches = this.#maxCalls + 1;
    return this.#held >= records * batches || this.#heldBytes >= bytes * batches;
  }

  /** Returns a promise that resolves when there is room for the next record; undefined if there already is. */
  add(record: T): Promise<void> | undefined {
    this.#held++;
    this.#heldBytes += record.bytes;
    this.#ordering.add({ record, key: record.key, bytes: record.bytes, attempts: 0 });
    if (this.#ordering.hasFullBatch) this.#work();
    // Lets the reader continue first; otherwise the first batch would be a single record.
    else this.#workAfter(() => new Promise((resolve) => setImmediate(resolve)));
    return this.isFull ? this.#until(() => !this.isFull) : undefined;
  }

  /** Sends lingering records, and resolves when every record is settled. */
  async flush(): Promise<void> {
    this.#flushing.abort();
    this.#work();
    await this.#until(() => this.#held === 0);
  }

  #work(): void {
    const { stop, clock } = this.#options.retry;
    while (this.#ordering.hasBatch) {
      if (stop.aborted) {
        for (const attempted of this.#ordering.take()) this.#settle(attempted, NOT_SENT);
        this.#onChange?.();
        continue;
      }
      const { hasFullBatch } = this.#ordering;
      if (this.#calls === this.#maxCalls || (this.#calls > 0 && !hasFullBatch)) return;
      const debtMs = Math.max(0, ...this.#rates.map(({ bucket }) => bucket.debtMs));
      if (debtMs > 0) {
        this.#workAfter(() => clock.sleep(debtMs, stop));
        return;
      }
      const lingerMs = this.#sentAt + (this.#options.limits.lingerMs ?? 0) - clock.now();
      if (lingerMs > 0 && !hasFullBatch && !this.#flushing.signal.aborted) {
        this.#workAfter(() => clock.sleep(lingerMs, this.#flushing.signal));
        return;
      }
      void this.#send(this.#ordering.take());
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

  async #send(batch: readonly Attempted<T>[]): Promise<void> {
    const { clock, random, stop } = this.#options.retry;
    this.#calls++;
    for (const { bucket, cost } of this.#rates) bucket.spend(cost(batch));
    const now = clock.now();
    for (const attempted of batch) {
      attempted.attempts++;
      attempted.since ??= now;
    }
    const outcomes = await this.#options.send(batch.map(({ record }) => record));
    this.#calls--;
    this.#sentAt = clock.now();
    const again = this.#settleFinal(batch, outcomes);
    this.#onChange?.();
    this.#work();
    if (again.length === 0) return;
    await clock.sleep(fullJitter(Math.max(...again.map(({ attempts }) => attempts)), random), stop);
    this.#ordering.putBack(again);
    this.#work();
  }

  /** Settles records with a final outcome; returns the records to be sent again. */
  #settleFinal(batch: readonly Attempted<T>[], outcomes: readonly Outcome[]): Attempted<T>[] {
    const { isExpired, stop, onRetry } = this.#options.retry;
    const again: Attempted<T>[] = [];
    let reason = '';
    batch.forEach((attempted, index) => {
      const outcome = outcomes[index] ?? NOT_SENT;
      if (outcome.status !== 'retriable' || stop.aborted || isExpired(attempted.since as number))
        this.#settle(attempted, outcome);
      else if (again.push(attempted) === 1) reason = outcome.reason;
    });
    if (again.length > 0) onRetry(reason, again.length);
    return again;
  }

  #settle(attempted: Attempted<T>, outcome: Outcome): void {
    this.#held--;
    this.#heldBytes -= attempted.bytes;
    this.#ordering.release(attempted);
    this.#options.settle(attempted.record, outcome);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition())
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
      });
  }
}

interface Rate {
  readonly bucket: TokenBucket;
  readonly cost: (batch: readonly Queued[]) => number;
}

function ratesOf(limits: RateLimits | undefined, clock: Clock): Rate[] {
  if (!limits) return [];
  return [
    { bucket: new TokenBucket(() => limits.records, clock), cost: (batch) => batch.length },
    {
      bucket: new TokenBucket(() => limits.bytes, clock),
      cost: (batch) => batch.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  ];
}
