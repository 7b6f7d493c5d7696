/** Records of one dataset, seeded, without end, from the examples of its rules. */
import type { Dataset } from '../datasets/dataset.ts';
import { type EmulatedOptions, emulated } from './emulated.ts';
import { exampleRecords } from './examples.ts';
import type { Posts } from './post.ts';

/**
 * Returns a source of one dataset's records, each a post of its own.
 * @throws UsageError where a rule that must have a value has no examples
 */
export function emulatedRecords(dataset: Dataset, options: EmulatedOptions): Posts {
  const make = exampleRecords(dataset);
  const post = (seed: number, number: number, version = 0) => [make(seed, number, version)];
  return { ...emulated(options, [dataset.name], post), where: ({ at }) => `record ${at}` };
}
