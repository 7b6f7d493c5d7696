/** Limit: a token bucket, which enforces a maximum rate. */
import type { Clock } from './clock.ts';

/** The time, in seconds, for which unused tokens are saved. It is short, so that no second exceeds the rate by much. */
const SAVED_S = 0.1;

/**
 * Contains tokens, which arrive at an even rate. A caller may spend more tokens than the bucket contains; the next
 * caller must then wait until the debt is gone.
 */
export class TokenBucket {
  readonly #rate: () => number;
  readonly #clock: Clock;
  #tokens: number;
  #at: number;

  /** `rate` returns the tokens per second. It is called at each use, because the rate may change. */
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
