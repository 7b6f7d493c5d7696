/** Connects the stages of the producer: read → pace → batch → send → retry → progress. Prints nothing. */
import { setMaxListeners } from 'node:events';
import { AppError } from '../errors.ts';
import type { Post, Posts } from '../posts/post.ts';
import { aborted } from '../wait.ts';
import type { Checkpoint } from './checkpoint.ts';
import { Saves } from './checkpoint-saves.ts';
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
  /** The sinks. Each sink gets all posts, and the slowest sink limits the rate. */
  readonly sink: Sink | readonly Sink[];
  /** Posts per second, or the gaps between posts. If omitted, posts are sent as fast as possible. */
  readonly rate?: number | Gap;
  /** The run starts after the position of this checkpoint, and saves its progress in it. */
  readonly checkpoint?: Checkpoint;
  /** Whether to stop at the first record that does not match its dataset's type, instead of sending it unchanged. */
  readonly strict?: boolean;
  /** When this signal aborts, reading stops. Posts that were read are still delivered. */
  readonly signal?: AbortSignal;
  /** Like `signal`, but the run ends within FLUSH_TIMEOUT_MS. Records that are then in flight count as pending. */
  readonly interrupt?: AbortSignal;
  /** When this signal aborts, the run ends immediately. Records in flight count as pending. */
  readonly abandon?: AbortSignal;
  readonly report?: (event: ProduceEvent) => void;
  readonly clock?: Clock;
  /** Returns a number in [0, 1) for the pauses before retries. */
  readonly random?: () => number;
  /** Time during which a record is retried, in milliseconds. */
  readonly deliveryTimeoutMs?: number;
}

export type ProduceEvent =
  | { readonly kind: 'progress'; readonly summary: Summary }
  | { readonly kind: 'rejected'; readonly target: string; readonly where: string; readonly reason: string }
  /** The record does not match its dataset's type; it is sent unchanged. */
  | { readonly kind: 'malformed'; readonly where: string; readonly reason: string }
  /** The sink does not accept records at the moment; the records are retried. */
  | { readonly kind: 'waiting'; readonly target: string; readonly reason: string };

/** The run ended before all posts were sent; `summary` has the counts until then. */
export class ProduceStopped extends AppError {
  readonly summary: Summary;

  constructor(cause: AppError, summary: Summary) {
    super(cause.code, cause.message, { retriable: cause.retriable, cause });
    this.summary = summary;
  }
}

const PROGRESS_INTERVAL_MS = 250;

/**
 * Time limit for retries after `signal` aborted, and for the whole flush after `interrupt` aborted; short, because the user waits
 * for the end.
 */
const FLUSH_TIMEOUT_MS = 5000;

/**
 * Sends all posts of a source to every sink, and returns how many records had each outcome.
 * @throws {ProduceStopped} if reading or sending failed.
 */
export async function produce(options: ProduceOptions): Promise<Summary> {
  const run = new Run(options);
  const ended = new AbortController();
  const abandoned = Promise.race([aborted(options.abandon), flushExpired(options, ended.signal)]);
  const progress = setInterval(() => run.reportProgress(), PROGRESS_INTERVAL_MS);
  let complete = false;
  try {
    complete = await Promise.race([run.deliver().then(() => true), abandoned.then(() => false)]);
  } finally {
    clearInterval(progress);
    await Promise.race([run.close(), abandoned]);
    ended.abort();
  }
  if (!complete) await run.abandon();
  return run.finish();
}

/** Resolves FLUSH_TIMEOUT_MS after the interruption, or when the run has ended. */
async function flushExpired(
  { interrupt, clock = systemClock }: ProduceOptions,
  ended: AbortSignal,
): Promise<void> {
  await aborted(interrupt);
  await clock.sleep(FLUSH_TIMEOUT_MS, ended);
}

class Run {
  readonly #options: ProduceOptions;
  readonly #sinks: readonly Sink[];
  readonly #deliveries: readonly Delivery[];
  readonly #clock: Clock;
  readonly #started: number;
  readonly #tally: Tally;
  readonly #watermark: Watermark;
  readonly #saves: Saves;
  /** Aborts at the first failure; after that, nothing is sent. */
  readonly #stop = new AbortController();
  /** Aborts when no more posts are to be read. */
  readonly #signal: AbortSignal;
  #failure: unknown;
  #abandoned = false;
  #flushDeadline = Number.POSITIVE_INFINITY;

  constructor(options: ProduceOptions) {
    const { posts, checkpoint, signal, interrupt, clock = systemClock } = options;
    this.#options = options;
    this.#sinks = [options.sink].flat();
    this.#clock = clock;
    this.#started = clock.now();
    this.#tally = new Tally(
      this.#sinks.flatMap((sink) => posts.datasets.map((dataset) => sink.target(dataset))),
    );
    this.#watermark = new Watermark(checkpoint?.position);
    this.#saves = new Saves(checkpoint, this.#watermark, (error) => this.#fail(error));
    // Every lane adds a listener to this signal.
    setMaxListeners(0, this.#stop.signal);
    this.#signal = AbortSignal.any([this.#stop.signal, signal, interrupt].filter((one) => one !== undefined));
    signal?.addEventListener('abort', () => {
      this.#flushDeadline = clock.now() + FLUSH_TIMEOUT_MS;
    });
    this.#deliveries = this.#sinks.map(
      (sink) =>
        new Delivery({
          sink,
          retryFor: (target) => this.#retryFor(target),
          settle: (target, outgoing, outcome) => this.#settle(target, outgoing, outcome),
          fail: (error) => this.#fail(error),
        }),
    );
  }

  /** Opens the sinks, reads the posts and sends them. Throws if a sink can't be opened; `finish` throws all other errors. */
  async deliver(): Promise<void> {
    const { posts } = this.#options;
    const opening = this.#open();
    await Promise.race([opening, aborted(this.#signal)]);
    // No post was read yet, so don't wait for a sink that does not respond.
    if (this.#signal.aborted) return void opening.catch(() => {});
    let unreadable: unknown;
    try {
      let count = this.#options.checkpoint?.position ?? 0;
      for await (const post of this.#read()) {
        if (this.#signal.aborted) break;
        this.#inspect(post);
        this.#tally.posts++;
        count++;
        await this.#send(post, posts.position?.(post) ?? count);
      }
    } catch (error) {
      // Posts that were read before are still delivered.
      unreadable = error;
    }
    await Promise.all(this.#deliveries.map((delivery) => delivery.flush()));
    await this.#saves.finish();
    this.#failure ??= unreadable;
  }

  async close(): Promise<void> {
    this.#saves.stop();
    await Promise.all(this.#sinks.map((sink) => sink.close()));
  }

  /** Counts records in flight as pending and saves the checkpoint, which does not pass them: their outcome is unknown. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#tally.abandon();
    this.#stop.abort();
    await this.#saves.finish();
  }

  /** @throws {ProduceStopped} if the run failed */
  finish(): Summary {
    const summary = this.#summary();
    this.reportProgress();
    if (this.#failure instanceof AppError) throw new ProduceStopped(this.#failure, summary);
    if (this.#failure !== undefined) throw this.#failure;
    return summary;
  }

  reportProgress(): void {
    this.#options.report?.({ kind: 'progress', summary: this.#summary() });
  }

  async #open(): Promise<void> {
    for (const sink of this.#sinks) await sink.open(this.#options.posts.datasets);
  }

  #read(): AsyncIterable<Post> | Iterable<Post> {
    const { posts, rate, checkpoint } = this.#options;
    const all = posts.read(checkpoint?.position, checkpoint?.fingerprint);
    const wanted = Symbol.asyncIterator in all ? untilAborted(all, this.#signal) : all;
    if (rate === undefined) return wanted;
    return pace(wanted, typeof rate === 'number' ? steady(rate) : rate, this.#clock, this.#signal);
  }

  /** Reports malformed records. @throws {AppError} in a strict run */
  #inspect(post: Post): void {
    const { posts, strict, report } = this.#options;
    for (const record of post) {
      if (record.flaw === undefined) continue;
      const where = posts.where(record);
      if (strict)
        throw new AppError(
          'MALFORMED_RECORD',
          `The run stopped at ${where} (${record.flaw}): correct the record, or omit --strict to send it unchanged.`,
        );
      report?.({ kind: 'malformed', where, reason: record.flaw });
    }
  }

  async #send(post: Post, position: number): Promise<void> {
    const records = post.length * this.#sinks.length;
    const onItsWay = this.#watermark.begin(position, records, this.#options.posts.fingerprint?.(post));
    for (const record of post)
      for (const [index, delivery] of this.#deliveries.entries()) {
        const target = (this.#sinks[index] as Sink).target(record.dataset);
        this.#tally.read(target, record.flaw !== undefined);
        const room = delivery.add(record, onItsWay);
        if (room) await room;
      }
  }

  #retryFor(target: string): Retry {
    const { random = Math.random, deliveryTimeoutMs = DELIVERY_TIMEOUT_MS, report } = this.#options;
    return {
      clock: this.#clock,
      random,
      isExpired: (since) => this.#clock.now() >= Math.min(since + deliveryTimeoutMs, this.#flushDeadline),
      stop: this.#stop.signal,
      onRetry: (reason, records) => {
        this.#tally.again(target, records);
        report?.({ kind: 'waiting', target, reason });
      },
    };
  }

  #settle(target: string, { record, value, post }: Outgoing, outcome: Outcome): void {
    if (this.#abandoned) return;
    this.#tally.settle(target, outcome, value.length);
    if (outcome.status === 'retriable') {
      // Not accepted within its time limit, or before the run was stopped.
      const why = outcome.reason.replace(/\.$/, '');
      const sentence = `Records for ${target} were not delivered: ${why}.`;
      this.#fail(new AppError('SINK_SILENT', sentence, { retriable: true }));
      return;
    }
    this.#watermark.settle(post);
    if (outcome.status === 'delivered') return;
    const where = this.#options.posts.where(record);
    this.#options.report?.({ kind: 'rejected', target, where, reason: outcome.reason });
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#stop.abort();
  }

  #summary(): Summary {
    return this.#tally.summary((this.#clock.now() - this.#started) / 1000);
  }
}
