/** The clock of the producer's stages. Tests replace it. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Clock {
  /** Returns a time in milliseconds that never goes backwards. */
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
