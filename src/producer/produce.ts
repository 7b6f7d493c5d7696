/** The producer, wired: read → pace → batch → send → retry → progress. No output of its own. */
import { setMaxListeners } from 'node:events';
import { AppError } from '../errors.ts';
import type { Post, Posts } from '../posts/post.ts';
import { aborted } from '../wait.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type Clock, systemClock } from './clock.ts';
import { Delivery, type Outgoing } from './delivery.ts';
import { type Gap, pace, steady } from './pace.ts';
import { untilAborted } from './reading.ts';
import { DELIVERY_TIMEOUT_MS, type Retry } from './retry.ts';
import type { Outcome, Sink } from './sinks/sink.ts';
import { type Summary, Tally } from './tally.ts';
import { Watermark } from './watermark.ts';

export interface ProduceOptions {
  readonly posts: Posts;
  /** Where the posts go; every one of several gets them all, and the slowest sets the pace. */
  readonly sink: Sink | readonly Sink[];
  /** Posts a second, or the gaps between them; as fast as it goes where it is left out. */
  readonly rate?: number | Gap;
  /** Where it is written down how far the run came, and where it begins. */
  readonly checkpoint?: Checkpoint;
  /** Stops at the first record that its dataset's type refuses, rather than sending it as it is. */
  readonly strict?: boolean;
  /** Stops reading when it aborts; what was read is still delivered. */
  readonly signal?: AbortSignal;
  /** Ends the run at once when it aborts: what is under way is undelivered, as far as anybody knows. */
  readonly abandon?: AbortSignal;
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
  /** Its dataset's type refuses the record, which is sent as it is. */
  | { readonly kind: 'malformed'; readonly where: string; readonly reason: string }
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

/** How much is sent twice, at most, after a kill. */
const CHECKPOINT_EVERY_MS = 1000;

/** How long what was read is still tried once `signal` aborts; a person waits for it. */
const FLUSH_TIMEOUT_MS = 5000;

/**
 * Sends all posts of a source to every sink and says what became of every record.
 * @throws {ProduceStopped} where reading or sending could not go on.
 */
export async function produce(options: ProduceOptions): Promise<Summary> {
  const { posts, rate, checkpoint, clock = systemClock, random = Math.random, report = () => {} } = options;
  const sinks = [options.sink].flat();
  const tally = new Tally(sinks.flatMap((sink) => posts.datasets.map((dataset) => sink.target(dataset))));
  const watermark = new Watermark(checkpoint?.position);
  const started = clock.now();
  const summary = () => tally.summary((clock.now() - started) / 1000);
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  // Every batch that waits listens to it.
  setMaxListeners(0, stop.signal);
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
    waiting: (reason, records) => {
      tally.again(target, records);
      report({ kind: 'waiting', target, reason });
    },
  });

  const settle = (target: string, { record, value, post }: Outgoing, outcome: Outcome) => {
    tally.settle(target, outcome, value.length);
    if (outcome.status === 'retriable') {
      fail(new SinkSilent(target, outcome.reason));
      return;
    }
    watermark.settle(post);
    if (outcome.status === 'refused')
      report({ kind: 'refused', target, where: posts.where(record), reason: outcome.reason });
  };

  const deliveries = sinks.map(
    (sink) => new Delivery({ sink, retryFor, settle, fail, failed: () => failure !== undefined }),
  );

  const send = async (post: Post, position: number): Promise<void> => {
    const way = watermark.begin(position, post.length * sinks.length, posts.fingerprint?.(post));
    for (const record of post) {
      const malformed = record.flaw !== undefined;
      for (const [nth, delivery] of deliveries.entries()) {
        tally.read((sinks[nth] as Sink).target(record.dataset), malformed);
        const room = delivery.add(record, way);
        if (room) await room;
      }
    }
  };

  const inspect = (post: Post): void => {
    for (const record of post) {
      if (record.flaw === undefined) continue;
      const where = posts.where(record);
      if (options.strict) throw new MalformedRecord(where, record.flaw);
      report({ kind: 'malformed', where, reason: record.flaw });
    }
  };

  const read = (): AsyncIterable<Post> | Iterable<Post> => {
    const all = posts.read(checkpoint?.position, checkpoint?.fingerprint);
    const wanted = Symbol.asyncIterator in all ? untilAborted(all, signal) : all;
    if (rate === undefined) return wanted;
    return pace(wanted, typeof rate === 'number' ? steady(rate) : rate, clock, signal);
  };

  const progress = setInterval(() => report({ kind: 'progress', summary: summary() }), PROGRESS_EVERY_MS);
  let saved = watermark.position;
  let saving = Promise.resolve();
  const save = () => {
    if (!checkpoint || watermark.position === undefined || watermark.position === saved) return;
    saved = watermark.position;
    const { position, fingerprint } = watermark;
    saving = saving.then(() => checkpoint.save(position, fingerprint)).catch(fail);
  };
  const saves = setInterval(save, CHECKPOINT_EVERY_MS);
  const deliver = async (): Promise<void> => {
    const opening = (async () => {
      for (const sink of sinks) await sink.open(posts.datasets);
    })();
    await Promise.race([opening, aborted(signal)]);
    // Nothing was read yet: a place that does not answer is not waited for.
    if (signal.aborted) return void opening.catch(() => {});
    try {
      let nth = checkpoint?.position ?? 0;
      for await (const post of read()) {
        if (signal.aborted) break;
        inspect(post);
        tally.posts++;
        nth++;
        await send(post, posts.position?.(post) ?? nth);
      }
    } catch (error) {
      // What was read before is still delivered.
      unreadable = error;
    }
    await Promise.all(deliveries.map((delivery) => delivery.flush()));
    save();
    await saving;
  };
  const abandoned = aborted(options.abandon);
  try {
    await Promise.race([deliver(), abandoned]);
  } finally {
    clearInterval(progress);
    clearInterval(saves);
    await Promise.race([Promise.all(sinks.map((sink) => sink.close())), abandoned]);
  }
  if (options.abandon?.aborted) {
    stop.abort();
    tally.abandon();
    return summary();
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

/** A record that its dataset's type refuses, where none is to be sent. */
class MalformedRecord extends AppError {
  constructor(where: string, flaw: string) {
    super(
      'MALFORMED_RECORD',
      `The run stopped at ${where} (${flaw}): mend it, or leave --strict out to send it as it is.`,
    );
  }
}
