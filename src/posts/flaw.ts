/** What a well-formed producer sends, as a type for each dataset, and what it says against a record. */
import { z } from 'zod';
import { keyFields, neededFields } from '../datasets/dataset.ts';
import { datasets } from '../project/datasets/index.ts';

/** Unknown fields are ignored and missing ones are empty, as cleaning has it; the key and what is required must be there. */
const types = new Map(
  datasets.map((dataset) => {
    const { name, singular, fields } = dataset;
    const keys = keyFields(dataset);
    const needed = new Set(neededFields(dataset));
    const type = z.looseObject(
      Object.fromEntries(
        Object.entries(fields).map(([field, { sent = z.unknown() }]) => [
          field,
          needed.has(field) ? sent : sent.nullish(),
        ]),
      ),
    );
    const own = Object.keys(fields).filter((field) => !keys.includes(field));
    const isOne = (record: object) => own.length === 0 || own.some((field) => field in record);
    return [
      name,
      { type, isOne, singular, needed: Object.keys(fields).filter((field) => needed.has(field)) },
    ] as const;
  }),
);

/** Returns a clause such as "no whole number in ind"; undefined for a valid record. */
export function flawOf(record: Record<string, unknown> | null, dataset: string): string | undefined {
  if (record === null) return 'not a JSON object';
  const known = types.get(dataset);
  if (!known) return undefined;
  const { type, isOne, singular, needed } = known;
  const missing = needed.find((field) => !(field in record));
  if (missing !== undefined) return `no ${missing} in it`;
  if (!isOne(record)) return `not ${singular}: none of its fields`;
  const issue = type.safeParse(record).error?.issues[0];
  return issue && `${issue.path.join('.')}: ${issue.message}`;
}
