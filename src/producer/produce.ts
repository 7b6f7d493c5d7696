/** The producer, wired: read → pace → batch → send → retry → progress. No output of its own. */
import { setMaxListeners } from 'node:events';
import { AppError } from '../errors.ts';
import type { PostRecord, Posts } from '../posts/post.ts';
import { type Clock, systemClock } from './clock.ts';
import { KeyedLane } from './keyed-lane.ts';
import { Lane, type Sized } from './lane.ts';
import { pace } from './pace.ts';
import { DELIVERY_TIMEOUT_MS, type Retry, sendWithRetries } from './retry.ts';
import { NOT_SENT, type Outcome, type OutgoingRecord, type Sink } from './sinks/sink.ts';
import { type Summary, Tally } from './tally.ts';

export interface ProduceOptions {
  readonly posts: Posts;
  readonly sink: Sink;
  /** Posts a second; as fast as it goes where it is left out. */
  readonly rate?: number;
  /** Stops reading when it aborts; what was read is still delivered. */
  readonly signal?: AbortSignal;
  readonly report?: (event: ProduceEvent) => void;
  readonly clock?: Clock;
  /** Gives [0, 1): how long a retry waits. */
  readonly random?: () => number;
  /** How long a record is tried while the sink does not take it. */
  readonly deliveryTimeoutMs?: number;
}

export type ProduceEvent =
  | { readonly kind: 'progress'; readonly summary: Summary }
  | { readonly kind: 'refused'; readonly target: string; readonly where: string; readonly reason: string }
  /** The sink does not take records at the moment; they are sent again. */
  | { readonly kind: 'waiting'; readonly target: string; readonly reason: string };

/** The run ended before its posts did; `summary` says how far it came. */
export class ProduceStopped extends AppError {
  readonly summary: Summary;

  constructor(cause: AppError, summary: Summary) {
    super(cause.code, cause.message, { retriable: cause.retriable, cause });
    this.summary = summary;
  }
}

const PROGRESS_EVERY_MS = 250;

/** How long what was read is still tried once `signal` aborts; a person waits for it. */
const FLUSH_TIMEOUT_MS = 5000;

interface Outgoing extends Sized, OutgoingRecord {
  readonly record: PostRecord;
}

/**
 * Sends all posts of a source to a sink and says what became of every record. In memory are at most two batches of each
 * lane, or those under way and one more where order is kept key by key.
 * @throws {ProduceStopped} where reading or sending could not go on.
 */
export async function produce(options: ProduceOptions): Promise<Summary> {
  const { posts, sink, rate, clock = systemClock, random = Math.random, report = () => {} } = options;
  const tally = new Tally(posts.datasets.map((dataset) => sink.target(dataset)));
  const started = clock.now();
  const summary = () => tally.summary((clock.now() - started) / 1000);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  // Every batch that waits listens to it.
  setMaxListeners(0, stop.signal);
  const lanes = new Map<string, Lane<Outgoing> | KeyedLane<Outgoing>>();
  let failure: unknown;
  let unreadable: unknown;
  let flushed = Number.POSITIVE_INFINITY;
  signal.addEventListener('abort', () => {
    flushed = clock.now() + FLUSH_TIMEOUT_MS;
  });

  const fail = (error: unknown) => {
    failure ??= error;
    stop.abort();
  };

  const retryFor = (target: string): Retry => ({
    clock,
    random,
    givesUp: (since) =>
      clock.now() >= Math.min(since + (options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS), flushed),
    stop: stop.signal,
    waiting: (reason) => report({ kind: 'waiting', target, reason }),
  });

  /** No outcomes where the run is over. */
  const attempt = async (send: () => Promise<readonly Outcome[]>): Promise<readonly Outcome[]> => {
    try {
      if (failure === undefined) return await send();
    } catch (error) {
      fail(error);
    }
    return [];
  };

  const settle = (target: string, { record, value }: Outgoing, outcome: Outcome) => {
    tally.settle(target, outcome, value.length);
    if (outcome.status === 'refused')
      report({ kind: 'refused', target, where: posts.where(record), reason: outcome.reason });
    else if (outcome.status === 'retriable') fail(new SinkSilent(target, outcome.reason));
  };

  const laneFor = (target: string, number: number) => {
    const { keyed, ...limits } = sink.limits(target);
    const retry = retryFor(target);
    if (keyed)
      return new KeyedLane<Outgoing>({
        limits: { ...limits, keyed },
        retry,
        send: (batch) => attempt(() => sink.send(target, number, batch)),
        settle: (record, outcome) => settle(target, record, outcome),
      });
    return new Lane<Outgoing>(limits, async (batch) => {
      const outcomes = await attempt(() => sendWithRetries(sink, target, number, batch, retry));
      batch.forEach((record, index) => {
        settle(target, record, outcomes[index] ?? NOT_SENT);
      });
    });
  };

  const add = (record: PostRecord): Promise<void> | undefined => {
    const target = sink.target(record.dataset);
    const number = sink.lane(target, record.key);
    const name = `${target}/${number}`;
    const lane = lanes.get(name) ?? laneFor(target, number);
    lanes.set(name, lane);
    tally.read(target);
    const bytes = record.line.length + (record.key?.length ?? 0) + sink.limits(target).overhead;
    return lane.add({ record, key: record.key, value: record.line, bytes });
  };

  const progress = setInterval(() => report({ kind: 'progress', summary: summary() }), PROGRESS_EVERY_MS);
  try {
    await sink.open(posts.datasets);
    try {
      for await (const post of rate ? pace(posts.read(), rate, clock, signal) : posts.read()) {
        if (signal.aborted) break;
        tally.posts++;
        for (const record of post) {
          const room = add(record);
          if (room) await room;
        }
      }
    } catch (error) {
      // What was read before is still delivered.
      unreadable = error;
    }
    sink.ending?.();
    await Promise.all([...lanes.values()].map((lane) => lane.flush()));
  } finally {
    clearInterval(progress);
    await sink.close();
  }
  failure ??= unreadable;
  report({ kind: 'progress', summary: summary() });
  if (failure instanceof AppError) throw new ProduceStopped(failure, summary());
  if (failure !== undefined) throw failure;
  return summary();
}

/** The sink took nothing for as long as a record is tried, or the run was stopped meanwhile. */
class SinkSilent extends AppError {
  constructor(target: string, reason: string) {
    super('SINK_SILENT', `Records for ${target} were given up: ${reason.replace(/\.$/, '')}.`, {
      retriable: true,
    });
  }
}
