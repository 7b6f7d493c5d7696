/** Limit: a token bucket, which lets so much a second through and no more. */
import type { Clock } from './clock.ts';

/** What an idle time saves up. Little, so that no second holds much more than its own share. */
const SAVED_S = 0.1;

/**
 * Holds tokens that come at an even rate. Spending may leave a debt, which the next spender waits out: so a spender
 * larger than the bucket, which could never be saved up for, goes through as well.
 */
export class TokenBucket {
  readonly #rate: () => number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  /** `rate` is tokens a second, asked for anew each time: it may change. */
  constructor(rate: () => number, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate() * SAVED_S;
    this.#at = clock.now();
  }

  /** Milliseconds until no debt is left. */
  get debtMs(): number {
    this.#fill();
    return Math.max(0, (-this.#tokens / this.#rate()) * 1000);
  }

  spend(tokens: number): void {
    this.#fill();
    this.#tokens -= tokens;
  }

  #fill(): void {
    const now = this.#clock.now();
    const perSecond = this.#rate();
    const come = ((now - this.#at) / 1000) * perSecond;
    this.#tokens = Math.min(perSecond * SAVED_S, this.#tokens + come);
    this.#at = now;
  }
}
