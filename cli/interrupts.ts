/** Ctrl-C while something is under way: the first asks it to end well, a second one doesn't wait for that. */

/** One press comes twice and more: the terminal sends it to npm and tsx as well, and both hand it on. */
const SAME_PRESS_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

export interface Interrupts {
  /** Aborts at the first Ctrl-C. */
  readonly first: AbortSignal;
  /** Aborts at the next one that is another press. */
  readonly second: AbortSignal;
  /** As if somebody had pressed it for the first time. */
  interrupt(): void;
  /** Gives the signals back. */
  release(): void;
}

/** The first Ctrl-C alone, for what ends well soon: another press ends the program as if nobody had taken the signals. */
export function interruptedOnce(): Pick<Interrupts, 'first' | 'release'> {
  const taken = interrupts();
  taken.second.addEventListener('abort', () => {
    taken.release();
    process.kill(process.pid, 'SIGINT');
  });
  return taken;
}

/** Takes the signals until they are released. */
export function interrupts(): Interrupts {
  const first = new AbortController();
  const second = new AbortController();
  let pressed: number | undefined;
  const press = () => {
    const now = performance.now();
    pressed ??= now;
    if (now - pressed > SAME_PRESS_MS) second.abort();
    first.abort();
  };
  for (const signal of SIGNALS) process.on(signal, press);
  return {
    first: first.signal,
    second: second.signal,
    interrupt: () => first.abort(),
    release() {
      for (const signal of SIGNALS) process.off(signal, press);
    },
  };
}
