/** The clock of the producer's stages. Tests replace it. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Returns a time in milliseconds that never goes backwards. */
  now(): number;
  /** Resolves early, without an error, when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The longest delay of a timer. Node.js replaces a longer delay with 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  async sleep(milliseconds, signal) {
    let left = milliseconds;
    try {
      do {
        await sleep(Math.min(left, MAX_TIMER_MS), undefined, signal ? { signal } : {});
        left -= MAX_TIMER_MS;
      } while (left > 0);
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
