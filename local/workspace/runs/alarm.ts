/** A timer that follows a schedule. */

/** The longest that setTimeout waits: 2 ** 31 - 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Calls `fire` at each time that `next` gives, until the returned function is called. Times that pass while the machine sleeps
 * are fired once.
 */
export function atTimes(next: (after: Date) => Date | undefined, fire: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const waitFor = (at: Date | undefined): void => {
    if (!at) return;
    const left = at.getTime() - Date.now();
    timer = setTimeout(
      () => {
        // A timer may also go off a millisecond early.
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
