/** Read: posts until they end, or until nobody wants more. */
import type { Post } from '../posts/post.ts';

/** Ends at once when `signal` aborts, also where the source makes one wait, as a pipe that stays open does. */
export async function* untilAborted(posts: AsyncIterable<Post>, signal: AbortSignal): AsyncGenerator<Post> {
  const source = posts[Symbol.asyncIterator]();
  let stop = () => {};
  const aborted = () => stop();
  signal.addEventListener('abort', aborted);
  try {
    while (!signal.aborted) {
      // Not a race with one promise for all posts: it would keep a reaction for each of them.
      const next = await new Promise<IteratorResult<Post> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        source.next().then(resolve, reject);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    // Not awaited: it waits behind the post that did not come.
    source.return?.().catch(() => {});
  }
}
