/** Read: yields posts until they end or reading is aborted. */
import type { Post } from '../posts/post.ts';

/**
 * Yields the posts. Ends immediately when `signal` aborts, even while the source waits for more input, for example from
 * a pipe.
 */
export async function* untilAborted(posts: AsyncIterable<Post>, signal: AbortSignal): AsyncGenerator<Post> {
  const source = posts[Symbol.asyncIterator]();
  let stop = () => {};
  const aborted = () => stop();
  signal.addEventListener('abort', aborted);
  try {
    while (!signal.aborted) {
      // Promise.race with one promise for all posts is avoided, because that promise would keep a reaction for each
      // post.
      const next = await new Promise<IteratorResult<Post> | undefined>((resolve, reject) => {
        stop = () => resolve(undefined);
        source.next().then(resolve, reject);
      });
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', aborted);
    // Not awaited, because `return` waits for the pending post.
    source.return?.().catch(() => {});
  }
}
