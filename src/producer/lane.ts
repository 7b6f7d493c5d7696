/** Batch and send: collects the records of one lane while its previous batch is on the way; both are bounded. */
import type { BatchLimits } from './sinks/sink.ts';

export interface Sized {
  readonly bytes: number;
}

/**
 * Takes records one by one and hands them on in batches, in order, one batch at a time. A batch is what came while the
 * last one was under way: small when little comes, full when much does. No timer, no linger to choose.
 */
export class Lane<T extends Sized> {
  readonly #limits: BatchLimits;
  readonly #send: (batch: T[]) => Promise<void>;
  #pending: T[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #room: (() => void) | undefined;

  /** `send` settles every record of its batch, whatever happens: it never throws. */
  constructor(limits: BatchLimits, send: (batch: T[]) => Promise<void>) {
    this.#limits = limits;
    this.#send = send;
  }

  /** True where another record must wait for a batch to leave. */
  get isFull(): boolean {
    return this.#pending.length >= this.#limits.records || this.#pendingBytes >= this.#limits.bytes;
  }

  /**
   * Resolves when there is room for the next record; undefined where there is some already. At most one batch waits, and
   * one record.
   */
  add(record: T): Promise<void> | undefined {
    this.#pending.push(record);
    this.#pendingBytes += record.bytes;
    this.#running ??= this.#run();
    if (!this.isFull) return undefined;
    return new Promise<void>((resolve) => {
      this.#room = resolve;
    });
  }

  /** Resolves when all that was added is settled. */
  async flush(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Lets the reader go on first: the first batch would else be a single record.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const batch = this.#take();
      this.#room?.();
      await this.#send(batch);
    }
    this.#running = undefined;
  }

  #take(): T[] {
    let bytes = 0;
    let count = 0;
    for (const record of this.#pending) {
      if (count > 0 && (count >= this.#limits.records || bytes + record.bytes > this.#limits.bytes)) break;
      bytes += record.bytes;
      count++;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }
}
