/** A timer that follows a schedule. */

/** Maximum delay of a timer, so that `fire` is at most this late after the machine slept: timers stand still meanwhile. */
const MAX_DELAY_MS = 60_000;

/**
 * Calls `fire` at each time that `next` returns, until the returned function is called. If several times pass while the
 * machine sleeps, `fire` is called once.
 */
export function atTimes(next: (after: Date) => Date | undefined, fire: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const waitFor = (at: Date | undefined): void => {
    if (!at) return;
    const left = at.getTime() - Date.now();
    timer = setTimeout(
      () => {
        // The timer fired before the time `at`, because its delay was limited or it was a millisecond early.
        if (at.getTime() > Date.now()) return waitFor(at);
        waitFor(next(new Date()));
        fire();
      },
      Math.min(left, MAX_DELAY_MS),
    );
  };
  waitFor(next(new Date()));
  return () => clearTimeout(timer);
}
