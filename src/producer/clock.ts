/** The clock of the producer's stages. Tests replace it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_TIMER_MS } from '../wait.ts';

export interface Clock {
  /** Returns a time in milliseconds that never goes backwards. */
  now(): number;
  /** Resolves early, without an error, when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

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
