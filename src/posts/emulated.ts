/** Emulated posts: seeded, endless, in the format of the original posts. Post n is a function of (seed, n, version). */
import type { Dataset } from '../datasets/dataset.ts';
import { UsageError } from '../errors.ts';
import { emulatedPost } from '../project/posts.ts';
import { examplePosts } from './examples.ts';
import type { MakePost, Posts } from './post.ts';
import { randomOf } from './random.ts';

export interface EmulatedOptions {
  readonly seed: number;
  /** The number of the first new post; later posts count up from it. */
  readonly first?: number;
  /** The number of new posts; endless if omitted. */
  readonly count?: number;
  /**
   * The share of the sent posts that is sent again after the new posts: half of them byte for byte, the others as a changed,
   * later version. Without `count`, posts are sent again after every `ROUND` new posts.
   */
  readonly resend?: number;
  /** The lowest post number that is sent again (default `first`). On a second day, 0 also resends posts of the first day. */
  readonly resendFrom?: number;
}

/** The number of new posts that an endless source sends before it sends some of them again. */
export const ROUND = 1000;

/** The largest post number: the `ind` columns are Spark INTs. */
const LAST_NUMBER = 2 ** 31 - 1;

/** Distinguishes this stream of random numbers from others with the same seed. */
const RESENDS = 4;

/** Returns the names of the datasets of which every emulated post has a record, in the order in which they are sent. */
const emulatedDatasets = (): string[] => emulatedPost(0, 0).map(({ dataset }) => dataset);

/** Returns whether emulated posts have records of a dataset; false if posts of all datasets can't be emulated together. */
export function isEmulated(dataset: string): boolean {
  try {
    return emulatedDatasets().includes(dataset);
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** Returns the emulated posts in the order in which they are sent; with `only`, their records of this dataset. */
export function emulatedPosts(options: EmulatedOptions, only?: string): Posts {
  if (only === undefined) return emulated(options, emulatedDatasets(), emulatedPost);
  return emulated(options, [only], (...post) =>
    emulatedPost(...post).filter(({ dataset }) => dataset === only),
  );
}

/**
 * Returns emulated records of one dataset, from the examples of its rules; each record is a separate post.
 * @throws UsageError if the rule of a required field has no examples
 */
export function emulatedRecords(dataset: Dataset, options: EmulatedOptions): Posts {
  const make = examplePosts([dataset]);
  // Reports a rule without examples here instead of at the first record.
  make(options.seed, 0);
  return { ...emulated(options, [dataset.name], make), where: ({ at }) => `record ${at}` };
}

/** Returns posts that are generated while they are read, in the order in which they are sent. */
function emulated(options: EmulatedOptions, datasets: readonly string[], make: MakePost): Posts {
  const { seed, first = 0, count, resend = 0 } = options;
  const last = first + (count ?? 1) - 1;
  if (last > LAST_NUMBER)
    throw new UsageError(
      `The largest post number is ${LAST_NUMBER}, but these posts would reach ${last}: choose a lower --first or --count.`,
    );
  const from = options.resendFrom ?? first;
  const again = count === undefined ? 0 : Math.round((first + count - from) * resend);
  return {
    datasets,
    ...(count === undefined ? {} : { total: count + again }),
    read: (after = 0) => inOrder(make, seed, first, count, resend, from, after),
    where: ({ at }) => `post ${at}`,
  };
}

/** Yields the posts in order; the first `skip` posts are only counted. */
function* inOrder(
  make: MakePost,
  seed: number,
  first: number,
  count: number | undefined,
  resend: number,
  from: number,
  skip: number,
) {
  const end = count === undefined ? LAST_NUMBER + 1 : first + count;
  let oldest = from;
  let nth = 0;
  for (let next = first; next < end; oldest = next) {
    for (const stop = Math.min(end, next + (count ?? ROUND)); next < stop; next++)
      if (nth++ >= skip) yield make(seed, next);
    let again = 0;
    // `next` is a version that no earlier resend has used.
    for (const number of sample(seed, oldest, next, resend)) {
      const version = again++ % 2 === 0 ? 0 : next;
      if (nth++ >= skip) yield make(seed, number, version);
    }
  }
}

/** Yields a random share of the numbers in [from, to), in order and in constant memory (Knuth's algorithm S). */
function* sample(seed: number, from: number, to: number, share: number) {
  const random = randomOf(seed, RESENDS, to);
  let wanted = Math.round((to - from) * share);
  for (let number = from; wanted > 0; number++) {
    if (random() * (to - number) >= wanted) continue;
    yield number;
    wanted--;
  }
}
