/** What a well-formed producer sends, as a type for each dataset, and what it says against a record. */
import { z } from 'zod';
import { datasets } from '../datasets/index.ts';

/** Unknown fields are ignored and missing ones are empty, as cleaning has it; the number alone must be there. */
const types = new Map(
  datasets.map(({ name, one, key, fields }) => {
    const type = z.looseObject(
      Object.fromEntries(
        Object.entries(fields).map(([field, { sent }]) => [field, field === key ? sent : sent.nullish()]),
      ),
    );
    const own = Object.keys(fields).filter((field) => field !== key);
    const isOne = (record: object) => own.some((field) => field in record);
    return [name, { type, isOne, one, key }] as const;
  }),
);

/** One clause, "no whole number in ind"; undefined for a record that is as it should be. */
export function flawOf(record: Record<string, unknown> | null, dataset: string): string | undefined {
  if (record === null) return 'not a JSON object';
  const known = types.get(dataset);
  if (!known) return undefined;
  const { type, isOne, one, key } = known;
  if (!(key in record)) return `no ${key} in it`;
  if (!isOne(record)) return `not ${one}: none of its fields`;
  const issue = type.safeParse(record).error?.issues[0];
  return issue && `${issue.path.join('.')}: ${issue.message}`;
}
