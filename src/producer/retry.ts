/** Retry: sends what a sink could not take now again, with growing pauses, until it has been tried for long enough. */
import type { Clock } from './clock.ts';
import type { Outcome, OutgoingRecord, Sink } from './sinks/sink.ts';

/** Kafka's own delivery.timeout.ms. */
export const DELIVERY_TIMEOUT_MS = 120_000;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2000;

export interface RetryOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Once aborted, nothing is tried again. */
  readonly signal: AbortSignal;
  readonly waiting: (reason: string) => void;
}

/** One final outcome per record: whatever is still `retriable` was given up. */
export async function sendWithRetries(
  sink: Sink,
  target: string,
  lane: number,
  batch: readonly OutgoingRecord[],
  { clock, timeoutMs, signal, waiting }: RetryOptions,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const deadline = clock.now() + timeoutMs;
  let open = batch.map((_, index) => index);
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const sent = await sink.send(
      target,
      lane,
      open.map((index) => batch[index] as OutgoingRecord),
    );
    open.forEach((index, i) => {
      outcomes[index] = sent[i] as Outcome;
    });
    open = open.filter((index) => outcomes[index]?.status === 'retriable');
    const first = outcomes[open[0] ?? -1];
    if (first?.status !== 'retriable' || clock.now() >= deadline || signal.aborted) return outcomes;
    waiting(first.reason);
    await clock.sleep(pause, signal);
  }
}
