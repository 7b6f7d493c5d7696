/** Batch → send → retry for one sink: assigns records to lanes and reports their outcomes. */
import type { PostRecord } from '../posts/post.ts';
import { Lane } from './lane.ts';
import type { Queued } from './ordering.ts';
import type { Retry } from './retry.ts';
import type { Outcome, OutgoingRecord, Sink } from './sinks/sink.ts';
import type { OnItsWay } from './watermark.ts';

export interface DeliveryOptions {
  readonly sink: Sink;
  readonly retryFor: (target: string) => Retry;
  /** Called once for every record that was added. */
  readonly settle: (target: string, outgoing: Outgoing, outcome: Outcome) => void;
  /** Called when the sink can't accept further records; must abort the retry's `stop`. */
  readonly fail: (error: unknown) => void;
}

export interface Outgoing extends Queued, OutgoingRecord {
  readonly record: PostRecord;
  readonly post: OnItsWay;
}

interface Target {
  readonly name: string;
  readonly overhead: number;
  readonly lanes: Map<number, Lane<Outgoing>>;
}

/** Delivers records. Keeps in memory, for each lane, the batches that may be in flight and one more batch. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #targets = new Map<string, Target>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Returns a promise that resolves when there is room for the next record; undefined if there already is. */
  add(record: PostRecord, post: OnItsWay): Promise<void> | undefined {
    const { sink, settle } = this.#options;
    const { dataset, key, line } = record;
    const target = this.#targetOf(dataset);
    const bytes = line.length + (key === null ? 0 : Buffer.byteLength(key)) + target.overhead;
    const outgoing = { record, post, key, value: line, bytes };
    const problem = sink.problem?.(outgoing);
    if (problem !== undefined)
      return void settle(target.name, outgoing, { status: 'rejected', reason: problem });
    return this.#laneOf(target, sink.lane(target.name, key)).add(outgoing);
  }

  /** Resolves when every record that was added is settled. */
  async flush(): Promise<void> {
    const lanes = [...this.#targets.values()].flatMap((target) => [...target.lanes.values()]);
    await Promise.all(lanes.map((lane) => lane.flush()));
  }

  #targetOf(dataset: string): Target {
    const known = this.#targets.get(dataset);
    if (known) return known;
    const { sink } = this.#options;
    const name = sink.target(dataset);
    const target = { name, overhead: sink.limits(name).overhead, lanes: new Map() };
    this.#targets.set(dataset, target);
    return target;
  }

  #laneOf({ name, lanes }: Target, number: number): Lane<Outgoing> {
    const known = lanes.get(number);
    if (known) return known;
    const { sink, retryFor, settle } = this.#options;
    const retry = retryFor(name);
    const lane = new Lane<Outgoing>({
      limits: sink.limits(name),
      retry,
      send: (batch) => this.#send(retry.stop, () => sink.send(name, number, batch)),
      settle: (outgoing, outcome) => settle(name, outgoing, outcome),
    });
    lanes.set(number, lane);
    return lane;
  }

  /** Sends a batch. Returns no outcomes if the run has ended, or if the sink failed. */
  async #send(stop: AbortSignal, send: () => Promise<readonly Outcome[]>): Promise<readonly Outcome[]> {
    try {
      if (!stop.aborted) return await send();
    } catch (error) {
      this.#options.fail(error);
    }
    return [];
  }
}
