import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import type { Post, PostRecord, Posts } from '../../src/posts/post.ts';
import { randomOf } from '../../src/posts/random.ts';
import { type Clock, systemClock } from '../../src/producer/clock.ts';
import { Lane } from '../../src/producer/lane.ts';
import type { Queued } from '../../src/producer/ordering.ts';
import { type Gap, pace, poisson, steady } from '../../src/producer/pace.ts';
import { type ProduceEvent, ProduceStopped, produce } from '../../src/producer/produce.ts';
import { sendInHalves } from '../../src/producer/sinks/bisect.ts';
import { DELIVERED, type Outcome, type OutgoingRecord, type Sink } from '../../src/producer/sinks/sink.ts';
import { Watermark } from '../../src/producer/watermark.ts';
import { HandClock } from '../fixtures/hand-clock.ts';

const record = (number: number, dataset = 'pin'): PostRecord => ({
  dataset,
  line: Buffer.from(String(number)),
  key: String(number),
  at: number,
});
const postsOf = (count: number): Post[] => Array.from({ length: count }, (_, n) => [record(n)]);

/** A sink whose outcomes a test decides. */
class HandSink implements Sink {
  readonly sent: string[][] = [];
  readonly #answer: (record: OutgoingRecord, call: number) => Outcome;
  inFlight = 0;
  mostInFlight = 0;
  opened = false;
  closed = false;

  readonly #name: string;

  constructor(answer: (record: OutgoingRecord, call: number) => Outcome = () => DELIVERED, name = 't') {
    this.#answer = answer;
    this.#name = name;
  }
  target(dataset: string): string {
    return `${this.#name}.${dataset}`;
  }
  async open(): Promise<void> {
    this.opened = true;
  }
  lane(): number {
    return 0;
  }
  limits() {
    return { records: 10, bytes: 1000, overhead: 0 };
  }
  async send(_target: string, _lane: number, batch: readonly OutgoingRecord[]): Promise<Outcome[]> {
    this.mostInFlight = Math.max(this.mostInFlight, ++this.inFlight);
    const call = this.sent.push(batch.map(({ value }) => value.toString()));
    await new Promise((resolve) => setImmediate(resolve));
    this.inFlight--;
    return batch.map((one) => this.#answer(one, call));
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

function source(posts: Iterable<Post>): Posts {
  return { datasets: ['pin', 'geo'], read: () => posts, where: ({ at }) => `post ${at}` };
}

describe('pace', () => {
  async function times(rate: number, clock: HandClock, work: (n: number) => number): Promise<number[]> {
    const at: number[] = [];
    for await (const _ of pace(postsOf(5), steady(rate), clock, new AbortController().signal)) {
      at.push(Math.round(clock.now()));
      clock.time += work(at.length);
    }
    return at;
  }

  test('is even, and the first post is sent immediately', async () => {
    expect(await times(50, new HandClock(), () => 0)).toEqual([0, 20, 40, 60, 80]);
  });

  test('sends late posts immediately after a short delay', async () => {
    expect(await times(50, new HandClock(), (n) => (n === 1 ? 50 : 0))).toEqual([0, 50, 50, 60, 80]);
  });

  test('does not send a burst of late posts after a long delay', async () => {
    expect(await times(1, new HandClock(), (n) => (n === 1 ? 60_000 : 0))).toEqual([
      0, 60_000, 61_000, 62_000, 63_000,
    ]);
  });

  test('can be random, like posts of people: the mean gap fits the rate, and the standard deviation equals the mean', async () => {
    const gap: Gap = poisson(50, randomOf(1));
    const gaps = Array.from({ length: 20_000 }, gap);
    const mean = gaps.reduce((sum, one) => sum + one, 0) / gaps.length;
    const spread = Math.sqrt(gaps.reduce((sum, one) => sum + (one - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(20, 0);
    expect(spread).toBeCloseTo(20, 0);
  });

  test('ends when it is aborted', async () => {
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const post of pace(postsOf(5), steady(1), new HandClock(), stop.signal)) {
      seen.push(post[0]?.at ?? -1);
      if (seen.length === 2) stop.abort();
    }
    expect(seen).toEqual([0, 1]);
  });
});

test('the clock can sleep for longer than a timer', async () => {
  const stop = new AbortController();
  let awake = false;
  const sleeping = systemClock.sleep(2 ** 31, stop.signal).then(() => {
    awake = true;
  });
  await systemClock.sleep(20);
  expect(awake).toBe(false);
  stop.abort();
  await sleeping;
});

describe('a lane', () => {
  const collect = (
    limits: { records: number; bytes: number; lingerMs?: number },
    clock: Clock = new HandClock(),
    answer: (call: number) => Outcome = () => DELIVERED,
  ) => {
    const batches: number[][] = [];
    const lane = new Lane<Queued>({
      limits: { ...limits, overhead: 0 },
      retry: {
        clock,
        random: () => 0,
        isExpired: () => false,
        stop: new AbortController().signal,
        onRetry: () => {},
      },
      send: async (batch) => {
        const call = batches.push(batch.map(({ bytes }) => bytes));
        await turn();
        return batch.map(() => answer(call));
      },
      settle: () => {},
    });
    return { batches, lane, add: (bytes: number) => lane.add({ key: null, bytes }) };
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('fills batches up to the number of records, in order', async () => {
    const { batches, lane, add } = collect({ records: 3, bytes: 1000 });
    for (let n = 1; n <= 7; n++) await add(n);
    await lane.flush();
    expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]]);
  });

  test('fills batches up to the number of bytes; a larger record is sent in a separate batch', async () => {
    const { batches, lane, add } = collect({ records: 100, bytes: 10 });
    for (const bytes of [4, 6, 5, 30, 1, 1]) await add(bytes);
    await lane.flush();
    expect(batches).toEqual([[4, 6], [5], [30], [1, 1]]);
  });

  test('blocks the reader when it is full, and sends slowly arriving records immediately', async () => {
    const { batches, lane, add } = collect({ records: 2, bytes: 1000 });
    await add(1);
    expect(lane.isFull).toBe(false);
    await lane.flush();
    const full = Promise.all([2, 3, 4, 5].map(add));
    expect(lane.isFull).toBe(true);
    await full;
    await lane.flush();
    expect(batches).toEqual([[1], [2, 3], [4, 5]]);
  });

  test('blocks the reader at the bytes of two batches, so that large records do not fill the memory', async () => {
    const { lane, add } = collect({ records: 1000, bytes: 10 });
    void add(19);
    expect(lane.isFull).toBe(false);
    void add(1);
    expect(lane.isFull).toBe(true);
    await lane.flush();
  });

  test('waits for more records after a batch, unless the next batch is full or the last', async () => {
    const never = new Promise<never>(() => {});
    const clock = { now: () => 0, sleep: () => never };
    const { batches, lane, add } = collect({ records: 3, bytes: 1000, lingerMs: 10_000 }, clock);
    await add(1);
    await turn();
    await turn();
    await add(2);
    await turn();
    expect(batches).toEqual([[1]]);
    await add(3);
    await add(4);
    await turn();
    expect(batches).toEqual([[1], [2, 3, 4]]);
    await add(5);
    await lane.flush();
    expect(batches).toEqual([[1], [2, 3, 4], [5]]);
  });

  test('does not wait for more records before it retries a batch', async () => {
    const clock = { now: () => 0, sleep: (ms: number) => new Promise<void>((wake) => ms === 0 && wake()) };
    const { batches, add } = collect({ records: 3, bytes: 1000, lingerMs: 10_000 }, clock, (call) =>
      call === 1 ? { status: 'retriable', reason: 'throttled' } : DELIVERED,
    );
    await add(1);
    for (let n = 0; n < 4; n++) await turn();
    expect(batches).toEqual([[1], [1]]);
  });
});

test('a watermark stops before the first unsettled post, and has the fingerprint of its position', () => {
  const watermark = new Watermark();
  const posts = Array.from({ length: 5000 }, (_, n) => watermark.begin(n + 1, 1, -n - 1));
  for (const post of posts) if (post.position !== 3000) watermark.settle(post);
  expect([watermark.position, watermark.fingerprint]).toEqual([2999, -2999]);
  watermark.settle(posts[2999] as (typeof posts)[0]);
  expect([watermark.position, watermark.fingerprint]).toEqual([5000, -5000]);
});

describe('a batch that is rejected because of one record', () => {
  const sendWords = async (words: string, pending = '') => {
    const sent: string[] = [];
    const outcomes = await sendInHalves<string, string>(
      words.split(' '),
      async (part) => {
        sent.push(part.join(' '));
        if (part.includes('bad')) return (word) => `${word} rejected`;
        return part.map((word) => (word === pending ? 'pending' : 'delivered'));
      },
      (outcome) => outcome === 'pending',
    );
    return { sent, outcomes };
  };

  test('is split into halves until that record is alone', async () => {
    const { sent, outcomes } = await sendWords('a b bad c d');
    expect(outcomes).toEqual(['delivered', 'delivered', 'bad rejected', 'delivered', 'delivered']);
    expect(sent).toEqual(['a b bad c d', 'a b', 'bad c d', 'bad', 'c d']);
  });

  test('is not sent beyond a record that is still pending', async () => {
    const { sent, outcomes } = await sendWords('a b c bad d', 'b');
    expect(outcomes).toEqual(['delivered', 'pending', 'pending', 'pending', 'pending']);
    expect(sent).toEqual(['a b c bad d', 'a b']);
  });
});

describe('produce', () => {
  const none = { read: 0, delivered: 0, rejected: 0, pending: 0, malformed: 0, resent: 0, bytes: 0 };

  test('delivers all records, and the summary adds up per topic', async () => {
    const sink = new HandSink();
    const posts = Array.from({ length: 25 }, (_, n) => (n < 5 ? [record(n), record(n, 'geo')] : [record(n)]));
    const summary = await produce({ posts: source(posts), sink });
    expect(summary.posts).toBe(25);
    expect(summary.topics).toEqual({
      't.pin': { ...none, read: 25, delivered: 25, bytes: 40 },
      't.geo': { ...none, read: 5, delivered: 5, bytes: 5 },
    });
    expect(sink.closed).toBe(true);
  });

  test('sends one batch of a lane at a time', async () => {
    const sink = new HandSink();
    await produce({ posts: source(postsOf(95)), sink });
    expect(sink.mostInFlight).toBe(1);
    expect(sink.sent.flat()).toEqual(postsOf(95).map((post) => String(post[0]?.at)));
  });

  test('reports rejected records with their place in the source, and delivers the others', async () => {
    const sink = new HandSink(({ key }) =>
      key === '7' ? { status: 'rejected', reason: 'too large' } : DELIVERED,
    );
    const events: ProduceEvent[] = [];
    const summary = await produce({
      posts: source(postsOf(20)),
      sink,
      report: (event) => events.push(event),
    });
    expect(summary.topics['t.pin']).toMatchObject({ read: 20, delivered: 19, rejected: 1, pending: 0 });
    expect(events.filter(({ kind }) => kind === 'rejected')).toEqual([
      { kind: 'rejected', target: 't.pin', where: 'post 7', reason: 'too large' },
    ]);
  });

  test('retries only the pending records, before it sends the next records', async () => {
    const sink = new HandSink(({ key }, call) =>
      call === 1 && Number(key) % 4 === 3 ? { status: 'retriable', reason: 'throttled' } : DELIVERED,
    );
    const events: ProduceEvent[] = [];
    const summary = await produce({
      posts: source(postsOf(12)),
      sink,
      clock: new HandClock(),
      report: (event) => events.push(event),
    });
    expect(sink.sent).toEqual([
      ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
      ['3', '7'],
      ['10', '11'],
    ]);
    expect(summary.topics['t.pin']).toMatchObject({ delivered: 12, pending: 0, resent: 2 });
    expect(events).toContainEqual({ kind: 'waiting', target: 't.pin', reason: 'throttled' });
  });

  test('stops after the delivery timeout and counts every record read', async () => {
    const sink = new HandSink(({ key }) =>
      Number(key) >= 10 ? { status: 'retriable', reason: 'nobody there' } : DELIVERED,
    );
    const clock = new HandClock();
    const run = produce({ posts: source(postsOf(1000)), sink, clock, deliveryTimeoutMs: 5000 });
    const error = await run.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProduceStopped);
    const { summary, message } = error as ProduceStopped;
    const pins = summary.topics['t.pin'];
    expect(message).toBe('Records for t.pin were not delivered: nobody there.');
    expect(clock.time).toBeGreaterThanOrEqual(5000);
    expect(pins).toMatchObject({ delivered: 10, rejected: 0 });
    expect(pins?.read).toBe(10 + (pins?.pending ?? 0));
    expect(pins?.read).toBeLessThan(1000);
  });

  test('reads no more after a stop, and delivers the records read', async () => {
    const stop = new AbortController();
    const posts = function* () {
      for (const post of postsOf(100)) {
        if (post[0]?.at === 42) stop.abort();
        yield post;
      }
    };
    const summary = await produce({ posts: source(posts()), sink: new HandSink(), signal: stop.signal });
    expect(summary.topics['t.pin']).toMatchObject({ read: 42, delivered: 42, pending: 0 });
  });

  test('retries only for some seconds after a stop', async () => {
    const stop = new AbortController();
    const sink = new HandSink(() => {
      stop.abort();
      return { status: 'retriable', reason: 'nobody there' };
    });
    const clock = new HandClock();
    const run = produce({ posts: source(postsOf(3)), sink, clock, signal: stop.signal });
    await expect(run).rejects.toThrow('nobody there');
    expect(clock.time).toBeLessThan(10_000);
  });

  test('counts the bytes of keys in the limit of a batch', async () => {
    const sink = new HandSink();
    const posts = postsOf(4).map((post) => post.map((one) => ({ ...one, key: 'é'.repeat(200) })));
    await produce({ posts: source(posts), sink });
    expect(sink.sent).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
  });

  test('ends immediately when it is abandoned, and counts records in flight as pending', async () => {
    const [stop, abandon] = [new AbortController(), new AbortController()];
    const never = new Promise<never>(() => {});
    const sink = new HandSink();
    const taken = sink.send.bind(sink);
    sink.send = async (target, lane, batch) => {
      if (sink.sent.length < 2) return taken(target, lane, batch);
      stop.abort();
      setImmediate(() => abandon.abort());
      return never;
    };
    sink.close = () => never;
    const run = produce({ posts: source(postsOf(1000)), sink, signal: stop.signal, abandon: abandon.signal });
    const pins = (await run).topics['t.pin'];
    expect(pins).toMatchObject({ delivered: 20, rejected: 0 });
    expect(pins?.pending).toBeGreaterThanOrEqual(10);
    expect(pins?.read).toBe(20 + (pins?.pending ?? 0));
  });

  test('ends soon after an interruption even if a call gets no answer, and a resumed run sends its records again', async () => {
    const interrupt = new AbortController();
    const saved: number[] = [];
    const checkpoint = { position: undefined, save: async (at: number) => void saved.push(at) };
    let answer = () => {};
    const sink = new HandSink();
    const taken = sink.send.bind(sink);
    sink.send = async (target, lane, batch) => {
      if (sink.sent.length < 2) return taken(target, lane, batch);
      setImmediate(() => interrupt.abort());
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return batch.map(() => DELIVERED);
    };
    sink.close = () => new Promise(() => {});
    const run = produce({
      ...{ posts: source(postsOf(1000)), sink, checkpoint, clock: new HandClock() },
      interrupt: interrupt.signal,
    });
    const pins = (await run).topics['t.pin'];
    expect(pins).toMatchObject({ delivered: 20, rejected: 0 });
    expect(pins?.pending).toBeGreaterThanOrEqual(10);
    expect(pins?.read).toBe(20 + (pins?.pending ?? 0));
    answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(saved).toEqual([20]);
  });

  test('ends with the counts, not with an error, if the records are still retried some seconds after an interruption', async () => {
    const interrupt = new AbortController();
    const sink = new HandSink(() => {
      interrupt.abort();
      return { status: 'retriable', reason: 'nobody there' };
    });
    const run = produce({
      posts: source(postsOf(3)),
      sink,
      clock: new HandClock(),
      interrupt: interrupt.signal,
    });
    expect((await run).topics['t.pin']).toMatchObject({ read: 3, delivered: 0, pending: 3 });
  });

  test('delivers the records read before a source fails, then throws its error', async () => {
    const posts = function* () {
      yield* postsOf(3);
      throw new AppError('POSTS_NOT_FOUND', 'The disk is gone.');
    };
    const error = await produce({ posts: source(posts()), sink: new HandSink() }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ProduceStopped);
    expect((error as ProduceStopped).message).toBe('The disk is gone.');
    expect((error as ProduceStopped).summary.topics['t.pin']).toMatchObject({ read: 3, delivered: 3 });
  });

  test('throws a bug of a sink unchanged', async () => {
    const sink = new HandSink(() => {
      throw new TypeError('undefined is not a function');
    });
    await expect(produce({ posts: source(postsOf(3)), sink })).rejects.toThrow(TypeError);
    expect(sink.closed).toBe(true);
  });

  test('sends the same posts to several sinks and counts them separately', async () => {
    const [first, second] = [new HandSink(), new HandSink(undefined, 's')];
    const summary = await produce({ posts: source(postsOf(25)), sink: [first, second] });
    expect(second.sent.flat()).toEqual(first.sent.flat());
    expect(summary.posts).toBe(25);
    expect(summary.topics['t.pin']).toMatchObject({ read: 25, delivered: 25 });
    expect(summary.topics['s.pin']).toMatchObject({ read: 25, delivered: 25 });
  });

  test('ends after a stop, even if the source blocks', async () => {
    const stop = new AbortController();
    const posts = async function* () {
      yield* postsOf(3);
      stop.abort();
      await new Promise(() => {});
    };
    const summary = await produce({
      posts: { ...source([]), read: posts },
      sink: new HandSink(),
      signal: stop.signal,
    });
    expect(summary.topics['t.pin']).toMatchObject({ read: 3, delivered: 3 });
  });

  describe('a malformed record', () => {
    const posts = postsOf(5).map((post, n) =>
      n === 2 ? post.map((one) => ({ ...one, flaw: 'no index in it' })) : post,
    );

    test('is reported, counted and sent unchanged', async () => {
      const sink = new HandSink();
      const events: ProduceEvent[] = [];
      const report = (event: ProduceEvent) => events.push(event);
      const summary = await produce({ posts: source(posts), sink, report });
      expect(sink.sent.flat()).toEqual(['0', '1', '2', '3', '4']);
      expect(summary.topics['t.pin']).toMatchObject({ read: 5, delivered: 5, malformed: 1 });
      expect(events).toContainEqual({ kind: 'malformed', where: 'post 2', reason: 'no index in it' });
    });

    test('ends a strict run after the records before it', async () => {
      const sink = new HandSink();
      const error = await produce({ posts: source(posts), sink, strict: true }).catch((reason) => reason);
      expect(error).toBeInstanceOf(ProduceStopped);
      expect(error.message).toMatch(/^The run stopped at post 2 \(no index in it\): correct the record/);
      expect(sink.sent.flat()).toEqual(['0', '1']);
    });
  });

  describe('a checkpoint', () => {
    const checkpointFrom = (position?: number) => {
      const saved: number[] = [];
      return { position, saved, save: async (at: number) => void saved.push(at) };
    };
    const numbered: Posts = {
      ...source([]),
      read: (after = 0) => postsOf(50).slice(after),
    };

    test('ends at the last post, and a run that begins there sends nothing', async () => {
      const checkpoint = checkpointFrom();
      await produce({ posts: numbered, sink: new HandSink(), checkpoint });
      expect(checkpoint.saved.at(-1)).toBe(50);
      const sink = new HandSink();
      const again = checkpointFrom(50);
      await produce({ posts: numbered, sink, checkpoint: again });
      expect(sink.sent).toEqual([]);
      expect(again.saved).toEqual([]);
    });

    test('never passes a pending record, however many later records were delivered', async () => {
      const sink = new HandSink(({ key }) =>
        key === '23' ? { status: 'retriable', reason: 'nobody there' } : DELIVERED,
      );
      const checkpoint = checkpointFrom();
      const run = produce({
        posts: numbered,
        sink: [sink, new HandSink(undefined, 's')],
        clock: new HandClock(),
        checkpoint,
        deliveryTimeoutMs: 0,
      });
      await expect(run).rejects.toThrow('nobody there.');
      expect(checkpoint.saved).toEqual([23]);
      const rest = new HandSink();
      const resumed = checkpointFrom(23);
      await produce({ posts: numbered, sink: rest, checkpoint: resumed });
      expect(rest.sent.flat()).toEqual(Array.from({ length: 27 }, (_, n) => String(n + 23)));
      expect(resumed.saved.at(-1)).toBe(50);
    });

    test("ends the run if it can't be saved", async () => {
      const save = () => Promise.reject(new AppError('CHECKPOINT_UNUSABLE', 'The disk is full.'));
      const run = produce({
        posts: numbered,
        sink: new HandSink(),
        checkpoint: { position: undefined, save },
      });
      await expect(run).rejects.toThrow('The disk is full.');
    });

    test('passes a record that is rejected permanently', async () => {
      const sink = new HandSink(({ key }) =>
        key === '23' ? { status: 'rejected', reason: 'too large' } : DELIVERED,
      );
      const checkpoint = checkpointFrom();
      await produce({ posts: numbered, sink, checkpoint });
      expect(checkpoint.saved.at(-1)).toBe(50);
    });
  });
});
