/** Progress: counts the outcomes of records for each target. */
import type { Outcome } from './sinks/sink.ts';

/** The records of one topic or stream. After the run, `read` is the sum of `delivered`, `rejected` and `pending`. */
export interface TargetSummary {
  read: number;
  delivered: number;
  /** Rejected permanently by the sink; each record is reported with the reason. */
  rejected: number;
  /**
   * Records that were not delivered in time, or not before the run was stopped. Some of them may have arrived
   * nevertheless.
   */
  pending: number;
  /** Records that do not match their dataset's type. They are sent nevertheless, so the counts above include them. */
  malformed: number;
  /** The number of retries, summed over the records. */
  resent: number;
  /** The bytes of delivered records, without keys. */
  bytes: number;
}

export interface Summary {
  readonly topics: Readonly<Record<string, Readonly<TargetSummary>>>;
  readonly posts: number;
  readonly seconds: number;
}

const NOTHING: Readonly<TargetSummary> = {
  read: 0,
  delivered: 0,
  rejected: 0,
  pending: 0,
  malformed: 0,
  resent: 0,
  bytes: 0,
};

/** Counts during a run: each record is read once and settled once. */
export class Tally {
  readonly #topics: Record<string, TargetSummary> = {};
  posts = 0;

  constructor(targets: readonly string[]) {
    for (const target of targets) this.#topics[target] = { ...NOTHING };
  }

  read(target: string, malformed: boolean): void {
    const topic = this.#of(target);
    topic.read++;
    if (malformed) topic.malformed++;
  }

  again(target: string, records: number): void {
    this.#of(target).resent += records;
  }

  settle(target: string, outcome: Outcome, bytes: number): void {
    const topic = this.#of(target);
    if (outcome.status === 'delivered') {
      topic.delivered++;
      topic.bytes += bytes;
    } else if (outcome.status === 'rejected') topic.rejected++;
    else topic.pending++;
  }

  /** Counts records in flight as pending. */
  abandon(): void {
    for (const topic of Object.values(this.#topics))
      topic.pending = topic.read - topic.delivered - topic.rejected;
  }

  /** Returns a copy of the counts. */
  summary(seconds: number): Summary {
    return { topics: structuredClone(this.#topics), posts: this.posts, seconds };
  }

  #of(target: string): TargetSummary {
    const topic = this.#topics[target];
    if (!topic)
      throw new Error(`"${target}" is not among the targets ${Object.keys(this.#topics).join(', ')}`);
    return topic;
  }
}

/** Returns the sums over all topics. */
export function totals(summary: Summary): TargetSummary {
  const sum = { ...NOTHING };
  for (const topic of Object.values(summary.topics))
    for (const name of Object.keys(sum) as (keyof TargetSummary)[]) sum[name] += topic[name];
  return sum;
}
