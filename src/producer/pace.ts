/** Pace: yields posts at a rate, with even or random gaps. */
import type { Post } from '../posts/post.ts';
import type { Clock } from './clock.ts';

/**
 * The maximum delay that later posts make up for, for example after a slow response. Without this limit, a long delay
 * would be followed by a burst.
 */
const CATCH_UP_MS = 1000;

/** Returns the milliseconds between a post and the next. */
export type Gap = () => number;

/** Returns equal gaps. */
export const steady = (perSecond: number): Gap => {
  const gap = 1000 / perSecond;
  return () => gap;
};

/** Returns random gaps of a Poisson process with an average rate of `perSecond`. `random` returns a number in [0, 1). */
export const poisson =
  (perSecond: number, random: () => number): Gap =>
  () =>
    (-Math.log(1 - random()) * 1000) / perSecond;

/** Yields the posts with gaps between them, the first immediately; ends when `signal` aborts. */
export async function* pace(
  posts: AsyncIterable<Post> | Iterable<Post>,
  gap: Gap,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Post> {
  let due = clock.now();
  for await (const post of posts) {
    const early = due - clock.now();
    if (early > 0) await clock.sleep(early, signal);
    if (signal.aborted) return;
    yield post;
    due = Math.max(due, clock.now() - CATCH_UP_MS) + gap();
  }
}
