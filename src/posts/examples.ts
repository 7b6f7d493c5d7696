/** Records made from the examples of rules, for datasets without emulated records of their own: a function of (seed, number, version). */
import { type Dataset, type Field, keyFields, neededFields } from '../datasets/dataset.ts';
import { UsageError } from '../errors.ts';
import { keyOf } from './key.ts';
import type { MakePost, PostRecord } from './post.ts';
import { randomOf } from './random.ts';

/** Tells this stream of random numbers apart from those of the posts. */
const RECORDS = 6;

/** The share of values that are left out where they may be. */
const MISSING = 0.03;

/** The numbers of the examples that are drawn from. */
const EXAMPLES = 1_000_000;

/** Key fields but the last have so many values: the last one counts. */
const GROUPS = 5;

/** Records come one after the other: so many steps of a rule for times, which are minutes, lie between two of them. */
const MINUTES_APART = 7;
const MINUTES_A_DAY = 1440;

/** Values by dataset and field, in place of the examples of the field's rule. */
export type OwnExamples = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Returns posts that are a record of each dataset. @throws UsageError at the first one, where a rule that must have a value has no examples */
export function examplePosts(datasets: readonly Dataset[], own: OwnExamples = {}): MakePost {
  let makers: readonly Make[] | undefined;
  return (seed, number, version = 0) => {
    makers ??= datasets.map((dataset) => exampleRecords(dataset, ownOf(own, dataset.name)));
    return makers.map((make) => make(seed, number, version));
  };
}

/** A dataset or field may be called `constructor`. */
const ownOf = <Of>(own: Readonly<Record<string, Of>>, name: string): Of | undefined =>
  Object.hasOwn(own, name) ? own[name] : undefined;

type Make = (seed: number, number: number, version: number) => PostRecord;

/** Returns records of a dataset. @throws UsageError where a rule that must have a value has no examples */
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
    `Records of ${dataset.name} can't be emulated: the rule of ${name} has no examples. Give custom() some as its last argument, or send a file with --from.`,
  );
}
