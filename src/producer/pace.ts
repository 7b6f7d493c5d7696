/** Pace: so many posts a second, evenly or as people post. */
import type { Post } from '../posts/post.ts';
import type { Clock } from './clock.ts';

/** Time lost (a slow broker, a laptop that slept) is made up for at most this long; a burst would not be a rate. */
const CATCH_UP_MS = 1000;

/** Milliseconds from a post to the next one. */
export type Gap = () => number;

/** Returns equal gaps. */
export const steady = (perSecond: number): Gap => {
  const gap = 1000 / perSecond;
  return () => gap;
};

/** Independent of each other, `perSecond` on average: gaps of a Poisson process. `random` gives [0, 1). */
export const poisson =
  (perSecond: number, random: () => number): Gap =>
  () =>
    (-Math.log(1 - random()) * 1000) / perSecond;

/** Yields the posts a gap apart, the first at once; ends when `signal` aborts. */
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
