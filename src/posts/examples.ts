/** Generates records from the examples of rules. A record is a function of (seed, number, version). */
import { type Dataset, type Field, keyFields, neededFields } from '../datasets/dataset.ts';
import { UsageError } from '../errors.ts';
import { keyOf } from './key.ts';
import type { MakePost, PostRecord } from './post.ts';
import { randomOf } from './random.ts';

/** Distinguishes this stream of random numbers from those of the posts. */
const RECORDS = 6;

/** The share of optional values that are omitted. */
const MISSING = 0.03;

/** The upper limit of the numbers from which examples are drawn. */
const EXAMPLES = 1_000_000;

/** The number of different values of a key field. The last key field has no such limit: it counts up. */
const GROUPS = 5;

/** The time between two records, in minutes, because the examples of a rule for times are one minute apart. */
const MINUTES_APART = 7;
const MINUTES_A_DAY = 1440;

/** Values by dataset and field that replace the examples of the field's rule. */
export type OwnExamples = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/**
 * Returns a function that generates posts with a record of each dataset. The function throws UsageError if a required
 * field has no examples.
 */
export function examplePosts(datasets: readonly Dataset[], own: OwnExamples = {}): MakePost {
  let makers: readonly Make[] | undefined;
  return (seed, number, version = 0) => {
    makers ??= datasets.map((dataset) => exampleRecords(dataset, ownOf(own, dataset.name)));
    return makers.map((make) => make(seed, number, version));
  };
}

/** Returns an own property, never an inherited one, because a dataset or field may be called `constructor`. */
const ownOf = <Of>(own: Readonly<Record<string, Of>>, name: string): Of | undefined =>
  Object.hasOwn(own, name) ? own[name] : undefined;

type Make = (seed: number, number: number, version: number) => PostRecord;

/** Returns a function that generates records of a dataset. @throws UsageError if a required field has no examples */
function exampleRecords(dataset: Dataset, own: OwnExamples[string] = {}): Make {
  const keys = keyFields(dataset);
  const fields = Object.entries(dataset.fields).filter(([name, field]) => canMake(dataset, name, field));
  return (seed, number, version) => {
    const random = randomOf(seed, RECORDS, number, version);
    const group = randomOf(seed, RECORDS, number)();
    const draw = (name: string, { rule, required }: Field): unknown => {
      if (name === keys.at(-1)) return rule.example?.(number);
      if (keys.includes(name)) return rule.example?.(Math.floor(group * GROUPS));
      // A later version has a later time.
      if (name === dataset.latestBy) return rule.example?.(number * MINUTES_APART + version);
      const [missing, nth] = [random() < MISSING, Math.floor(random() * EXAMPLES)];
      if (missing && !required) return null;
      const values = ownOf(own, name) ?? [];
      if (values.length > 0) return values[nth % values.length];
      if (rule.type === 'TIMESTAMP') return rule.example?.(number * MINUTES_APART + (nth % MINUTES_APART));
      if (rule.type === 'DATE') return rule.example?.(Math.floor((number * MINUTES_APART) / MINUTES_A_DAY));
      return rule.example?.(nth);
    };
    const row = Object.fromEntries(fields.map(([name, field]) => [name, draw(name, field)]));
    const line = Buffer.from(JSON.stringify(row));
    return { dataset: dataset.name, line, key: keyOf(row, dataset), at: number };
  };
}

function canMake(dataset: Dataset, name: string, { rule }: Field): boolean {
  if (rule.example) return true;
  if (!neededFields(dataset).includes(name)) return false;
  throw new UsageError(
    `Records of ${dataset.name} can't be emulated: the rule of ${name} has no examples. Pass examples to custom() as its last argument, or send a file with --from.`,
  );
}
