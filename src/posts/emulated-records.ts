/** Records of any dataset, seeded, without end, from the examples of its rules. Record n is a function of (seed, n, version). */
import { type Dataset, type Field, keyFields, neededFields } from '../datasets/dataset.ts';
import { UsageError } from '../errors.ts';
import { type EmulatedOptions, emulated } from './emulated.ts';
import { keyOf } from './key.ts';
import type { Post, Posts } from './post.ts';
import { randomOf } from './random.ts';

/** Tells this stream of random numbers apart from those of the posts. */
const RECORDS = 6;

/** The share of values that are left out where they may be. */
const MISSING = 0.03;

/** The numbers of the examples that are drawn from. */
const EXAMPLES = 1_000_000;

/** Key fields but the last have so many values: the last one counts. */
const GROUPS = 5;

/**
 * Returns a source of one dataset's records, each a post of its own.
 * @throws UsageError where a rule that must have a value has no examples
 */
export function emulatedRecords(dataset: Dataset, options: EmulatedOptions): Posts {
  const keys = keyFields(dataset);
  const fields = Object.entries(dataset.fields).filter(([name, field]) => canMake(dataset, name, field));
  const make = (seed: number, number: number, version = 0): Post => {
    const random = randomOf(seed, RECORDS, number, version);
    const group = randomOf(seed, RECORDS, number)();
    const draw = (name: string, { rule, required }: Field): unknown => {
      if (name === keys.at(-1)) return rule.example?.(number);
      if (keys.includes(name)) return rule.example?.(Math.floor(group * GROUPS));
      // A later version has a later time.
      if (name === dataset.latestBy) return rule.example?.(number + version);
      const [missing, nth] = [random() < MISSING, Math.floor(random() * EXAMPLES)];
      return missing && !required ? null : rule.example?.(nth);
    };
    const row = Object.fromEntries(fields.map(([name, field]) => [name, draw(name, field)]));
    const line = Buffer.from(JSON.stringify(row));
    return [{ dataset: dataset.name, line, key: keyOf(row, dataset), at: number }];
  };
  return { ...emulated(options, [dataset.name], make), where: ({ at }) => `record ${at}` };
}

function canMake(dataset: Dataset, name: string, { rule }: Field): boolean {
  if (rule.example) return true;
  if (!neededFields(dataset).includes(name)) return false;
  throw new UsageError(
    `Records of ${dataset.name} can't be emulated: the rule of ${name} has no examples. Give custom() some as its last argument, or send a file with --from.`,
  );
}
