/** Pace: so many posts a second, evenly. */
import type { Post } from '../posts/post.ts';
import type { Clock } from './clock.ts';

/** Time lost (a slow broker, a laptop that slept) is made up for at most this long; a burst would not be a rate. */
const CATCH_UP_MS = 1000;

/** Yields the posts at `perSecond`, the first at once; ends when `signal` aborts. */
export async function* pace(
  posts: AsyncIterable<Post> | Iterable<Post>,
  perSecond: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Post> {
  let due = clock.now();
  for await (const post of posts) {
    const early = due - clock.now();
    if (early > 0) await clock.sleep(early, signal);
    if (signal.aborted) return;
    yield post;
    due = Math.max(due, clock.now() - CATCH_UP_MS) + 1000 / perSecond;
  }
}
