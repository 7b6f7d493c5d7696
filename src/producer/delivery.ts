/** Batch → send → retry, for one sink: a lane for each of its targets' lanes, and what became of every record. */
import type { PostRecord } from '../posts/post.ts';
import { KeyedLane } from './keyed-lane.ts';
import { Lane, type Sized } from './lane.ts';
import { type Retry, sendWithRetries } from './retry.ts';
import { NOT_SENT, type Outcome, type OutgoingRecord, type Sink } from './sinks/sink.ts';
import type { OnItsWay } from './watermark.ts';

export interface DeliveryOptions {
  readonly sink: Sink;
  readonly retryFor: (target: string) => Retry;
  /** Called once for every record that was added. */
  readonly settle: (target: string, outgoing: Outgoing, outcome: Outcome) => void;
  /** The sink can take no record any more. */
  readonly fail: (error: unknown) => void;
  /** Whether the run is over because of a failure, so that nothing is sent any more. */
  readonly failed: () => boolean;
}

export interface Outgoing extends Sized, OutgoingRecord {
  readonly record: PostRecord;
  readonly post: OnItsWay;
}

interface Target {
  readonly name: string;
  readonly overhead: number;
  readonly lanes: Map<number, Lane<Outgoing> | KeyedLane<Outgoing>>;
}

/** In memory are at most two batches of each lane, or those under way and one more where order is kept key by key. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #targets = new Map<string, Target>();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for the next record; undefined where there is some already. */
  add(record: PostRecord, post: OnItsWay): Promise<void> | undefined {
    const { dataset, key, line } = record;
    const target = this.#targetOf(dataset);
    const number = this.#options.sink.lane(target.name, key);
    let lane = target.lanes.get(number);
    if (!lane) {
      lane = this.#lane(target.name, number);
      target.lanes.set(number, lane);
    }
    const bytes = line.length + (key?.length ?? 0) + target.overhead;
    return lane.add({ record, post, key, value: line, bytes });
  }

  /** Resolves when all that was added is settled. */
  async flush(): Promise<void> {
    this.#options.sink.ending?.();
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

  #lane(target: string, number: number): Lane<Outgoing> | KeyedLane<Outgoing> {
    const { sink, retryFor, settle } = this.#options;
    const { keyed, ...limits } = sink.limits(target);
    const retry = retryFor(target);
    if (keyed)
      return new KeyedLane<Outgoing>({
        limits: { ...limits, keyed },
        retry,
        send: (batch) => this.#attempt(() => sink.send(target, number, batch)),
        settle: (outgoing, outcome) => settle(target, outgoing, outcome),
      });
    return new Lane<Outgoing>(limits, async (batch) => {
      const outcomes = await this.#attempt(() => sendWithRetries(sink, target, number, batch, retry));
      batch.forEach((outgoing, index) => {
        settle(target, outgoing, outcomes[index] ?? NOT_SENT);
      });
    });
  }

  /** No outcomes where the run is over. */
  async #attempt(send: () => Promise<readonly Outcome[]>): Promise<readonly Outcome[]> {
    try {
      if (!this.#options.failed()) return await send();
    } catch (error) {
      this.#options.fail(error);
    }
    return [];
  }
}
