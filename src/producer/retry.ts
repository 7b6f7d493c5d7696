/** Retry: sends what a sink could not take now again, after random pauses, until it has been tried for long enough. */
import type { Clock } from './clock.ts';
import type { Outcome, OutgoingRecord, Sink } from './sinks/sink.ts';

/** Kafka's own delivery.timeout.ms. */
export const DELIVERY_TIMEOUT_MS = 120_000;

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

export interface Retry {
  readonly clock: Clock;
  /** Gives [0, 1). */
  readonly random: () => number;
  /** Whether a record that was first tried at `since` is given up rather than sent again. */
  readonly givesUp: (since: number) => boolean;
  /** Once aborted, nothing is sent again. */
  readonly stop: AbortSignal;
  /** Called when so many records are to be sent again. */
  readonly waiting: (reason: string, records: number) => void;
}

/**
 * The pause after try number `attempt`, counted from 1: anything from nothing to a bound that doubles ("full jitter"), so
 * that records that were turned away together do not come back together.
 */
export const fullJitter = (attempt: number, random: () => number): number =>
  random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));

/** One final outcome per record: whatever is still `retriable` was given up. */
export async function sendWithRetries(
  sink: Sink,
  target: string,
  lane: number,
  batch: readonly OutgoingRecord[],
  { clock, random, givesUp, stop, waiting }: Retry,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const since = clock.now();
  let open = batch.map((_, index) => index);
  for (let attempt = 1; ; attempt++) {
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
    if (first?.status !== 'retriable' || givesUp(since) || stop.aborted) return outcomes;
    waiting(first.reason, open.length);
    await clock.sleep(fullJitter(attempt, random), stop);
  }
}
