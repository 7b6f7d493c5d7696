/** Memory does not grow with the number of records, neither with lanes by key nor by partition, nor while a destination does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { produce } from '../../src/producer/produce.ts';
import { type BatchLimits, DELIVERED, type Sink } from '../../src/producer/sinks/sink.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { until } from '../fixtures/until.ts';

/** Number of posts of three records each. With FAULTS=full, these are a million records. */
const POSTS = timesUnderFaults(30_000, 334_000);
const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Returns a sink that accepts every record asynchronously, as sinks over a network do. */
function nowhere(name: string, limits: BatchLimits): Sink {
  return {
    target: (dataset) => `${name}.${dataset}`,
    open: async () => {},
    lane: (_target, key) => Number(key) % 3,
    limits: () => limits,
    send: async (_target, _lane, batch) => {
      await new Promise((resolve) => setImmediate(resolve));
      return batch.map(() => DELIVERED);
    },
    close: async () => {},
  };
}

test(`memory does not grow while ${3 * POSTS} records go to two sinks`, async () => {
  const limits = { records: 500, bytes: MIB, overhead: 20 };
  const keyed = { calls: 4, perSecond: { records: 1e9, bytes: 1e12 } };
  const sinks = [nowhere('lane', limits), nowhere('keyed', { ...limits, keyed })];
  const posts = emulatedPosts({ seed: 1, count: POSTS });
  const heaps: number[] = [];
  const buffers: number[] = [];
  const source = {
    ...posts,
    read: function* () {
      let nth = 0;
      for (const post of posts.read() as Iterable<readonly never[]>) {
        if (++nth % (POSTS / 10) === 0) {
          collect();
          const { heapUsed, arrayBuffers } = process.memoryUsage();
          heaps.push(heapUsed);
          buffers.push(arrayBuffers);
        }
        yield post;
      }
    },
  };
  const saved: number[] = [];
  const checkpoint = { position: undefined, save: async (position: number) => void saved.push(position) };
  const summary = await produce({ posts: source, sink: sinks, checkpoint });
  for (const counts of Object.values(summary.topics)) expect(counts).toMatchObject({ delivered: POSTS });
  expect(saved.at(-1)).toBe(POSTS);
  expect(heaps).toHaveLength(10);
  // If records stayed in memory, each would take more than 100 bytes of heap and a kilobyte of buffers.
  expect(growth(heaps)).toBeLessThan(3 * MIB);
  // The bytes in flight vary by megabytes between measurements.
  expect(growth(buffers)).toBeLessThan(16 * MIB);
});

test('no more posts are read while a destination does not answer', async () => {
  let answer: () => void = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const accepts = nowhere('silent', { records: 500, bytes: MIB, overhead: 20 });
  const silent: Sink = { ...accepts, send: (...call) => answered.then(() => accepts.send(...call)) };
  const posts = emulatedPosts({ seed: 1, count: POSTS });
  let read = 0;
  const source = {
    ...posts,
    read: function* () {
      for (const post of posts.read() as Iterable<readonly never[]>) {
        read += 1;
        yield post;
      }
    },
  };
  const running = produce({ posts: source, sink: silent });
  // Until no post has been read for some time.
  await until(async () => {
    const before = read;
    await sleep(500);
    return read > 0 && read === before;
  });
  expect(read).toBeLessThan(POSTS / 2);
  answer();
  for (const counts of Object.values((await running).topics))
    expect(counts).toMatchObject({ delivered: POSTS });
});

/** Returns the growth from the second measurement, which is the first after warm-up, to the greatest of the last three. */
const growth = (looks: readonly number[]): number => Math.max(...looks.slice(-3)) - (looks[1] as number);
