/** Checks whether records have the type that is declared for their dataset. */
import { z } from 'zod';
import { keyFields, neededFields } from '../datasets/dataset.ts';
import { datasets } from '../project/datasets/index.ts';

/** The type of each dataset. As in cleaning, unknown fields are ignored, and only key fields and required fields must be present. */
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

/** Returns the flaw of a record, such as "no ind in it"; undefined for a valid record. */
export function flawOf(record: Record<string, unknown> | null, dataset: string): string | undefined {
  if (record === null) return 'not a JSON object';
  const known = types.get(dataset);
  if (!known) return undefined;
  const { type, isOne, singular, needed } = known;
  const missing = needed.find((field) => !(field in record));
  if (missing !== undefined) return `no ${missing} in it`;
  if (!isOne(record)) return `not ${singular}: it has no field of ${dataset} besides the key`;
  const issue = type.safeParse(record).error?.issues[0];
  return issue && `${issue.path.join('.')}: ${issue.message}`;
}
