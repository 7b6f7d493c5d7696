/** The clock of the stages, which tests replace. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Returns milliseconds that never go backwards. */
  now(): number;
  /** Resolves early, without an error, when `signal` aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) =>
    sleep(milliseconds, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    }),
};
