/** Retry: when, and for how long, records that a sink did not accept are sent again. */
import type { Clock } from './clock.ts';

/** The default of Kafka's delivery.timeout.ms. */
export const DELIVERY_TIMEOUT_MS = 120_000;

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

export interface Retry {
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  /**
   * Returns whether the time limit has passed for a record that was first sent at `since`, in milliseconds of the
   * clock.
   */
  readonly isExpired: (since: number) => boolean;
  /** After this signal has aborted, nothing is sent. */
  readonly stop: AbortSignal;
  /** Called when `records` records are about to be sent again. */
  readonly onRetry: (reason: string, records: number) => void;
}

/**
 * Returns the pause in milliseconds after an attempt; `attempt` is counted from 1. The pause is random, between zero
 * and a bound that doubles with each attempt ("full jitter"). So records that were throttled together are not retried
 * together.
 */
export const fullJitter = (attempt: number, random: () => number): number =>
  random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
