/** Records of any dataset, emulated from the examples of its rules. */
import { expect, test } from 'vitest';
import type { Dataset, Field } from '../../src/datasets/dataset.ts';
import { bigNumber, custom, instant, oneOf, text } from '../../src/datasets/rules.ts';
import { emulatedRecords } from '../../src/posts/emulated.ts';
import type { Post } from '../../src/posts/post.ts';

const field = (rule: Field['rule'], more: Partial<Field> = {}): Field => ({
  description: 'A field',
  rule,
  ...more,
});

const visit: Dataset = {
  name: 'visit',
  singular: 'a visit',
  plural: 'visits',
  title: 'Visits',
  grain: 'one row per visit',
  key: ['site', 'number'],
  latestBy: 'ended',
  fields: {
    site: field(oneOf('north', 'south')),
    number: field(bigNumber(1)),
    ended: field(instant),
    page: field(text, { required: true }),
    referrer: field(text),
    code: field(custom('nullif({text}, 1)', 'STRING', 'a code')),
  },
  columns: [{ name: 'site' }, { name: 'number' }, { name: 'ended' }],
};

const read = (options: { seed: number; count: number; resend?: number; first?: number }, after = 0) =>
  [...(emulatedRecords(visit, options).read(after) as Iterable<Post>)].map(([record]) => record);

test('emulated records depend only on the seed, and continue where a run stopped', () => {
  const lines = (...args: Parameters<typeof read>) => read(...args).map((record) => record?.line.toString());
  expect(lines({ seed: 1, count: 50, resend: 0.2 })).toEqual(lines({ seed: 1, count: 50, resend: 0.2 }));
  expect(lines({ seed: 2, count: 50 })).not.toEqual(lines({ seed: 1, count: 50 }));
  expect(lines({ seed: 1, count: 50, resend: 0.2 }, 40)).toEqual(
    lines({ seed: 1, count: 50, resend: 0.2 }).slice(40),
  );
});

test('emulated records have unique keys; a resent version has the same key and a later time', () => {
  const records = read({ seed: 1, count: 200, resend: 0.1 });
  const [fresh, again] = [records.slice(0, 200), records.slice(200)];
  expect(new Set(fresh.map((record) => record?.key)).size).toBe(200);
  const ended = (record: (typeof records)[number]) => JSON.parse(record?.line.toString() ?? '').ended;
  for (const later of again) {
    const first = fresh.find((record) => record?.key === later?.key);
    const same = first?.line.equals(later?.line ?? Buffer.alloc(0));
    expect(same || ended(later) > ended(first), String(later?.key)).toBe(true);
  }
});

test('emulated records sometimes omit an optional field, and always omit it if it has no examples', () => {
  const rows = read({ seed: 1, count: 500 }).map((record) => JSON.parse(record?.line.toString() ?? ''));
  const missing = rows.filter(({ referrer }) => referrer === null).length;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan(50);
  expect(rows.every(({ page, site }) => page !== null && ['north', 'south'].includes(site))).toBe(true);
  expect(rows.some((row) => 'code' in row)).toBe(false);
});

test('the error names a required field without examples', () => {
  const coded: Dataset = { ...visit, key: 'code' };
  expect(() => emulatedRecords(coded, { seed: 1 })).toThrow(
    "Records of visit can't be emulated: the rule of code has no examples. Pass examples to custom() as its last argument, or send a file with --from.",
  );
});
