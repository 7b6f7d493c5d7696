/** Records of one dataset, seeded, without end, from the examples of its rules. */
import type { Dataset } from '../datasets/dataset.ts';
import { type EmulatedOptions, emulated } from './emulated.ts';
import { examplePosts } from './examples.ts';
import type { Posts } from './post.ts';

/**
 * Returns a source of one dataset's records, each a post of its own.
 * @throws UsageError where a rule that must have a value has no examples
 */
export function emulatedRecords(dataset: Dataset, options: EmulatedOptions): Posts {
  const make = examplePosts([dataset]);
  // A rule without examples is refused here rather than at the first record.
  make(options.seed, 0);
  return { ...emulated(options, [dataset.name], make), where: ({ at }) => `record ${at}` };
}
