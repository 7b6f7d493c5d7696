/** Emulated records of one dataset: seeded, endless, generated from the examples of the dataset's rules. */
import type { Dataset } from '../datasets/dataset.ts';
import { type EmulatedOptions, emulated } from './emulated.ts';
import { examplePosts } from './examples.ts';
import type { Posts } from './post.ts';

/**
 * Returns a source of one dataset's records; each record is a separate post.
 * @throws UsageError if the rule of a required field has no examples
 */
export function emulatedRecords(dataset: Dataset, options: EmulatedOptions): Posts {
  const make = examplePosts([dataset]);
  // Reports a rule without examples here instead of at the first record.
  make(options.seed, 0);
  return { ...emulated(options, [dataset.name], make), where: ({ at }) => `record ${at}` };
}
