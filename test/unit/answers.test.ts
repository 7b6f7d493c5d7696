/** The order in which answers are shown. */
import { expect, test } from 'vitest';
import { isOrdered, orderBy, sortAnswer } from '../../src/databricks/answers.ts';

test('the rows of an answer are in the order that the project declares for a column', () => {
  const rows = ['+50', '18-24', 'under 18'].map((age_group) => ({ age_group }));
  expect(sortAnswer(rows).map(({ age_group }) => age_group)).toEqual(['under 18', '18-24', '+50']);
  expect(orderBy(['category', 'age_group'])).toMatch(
    /^category, array_position\(array\('under 18', .*\), age_group\)$/,
  );
});

test.each(['constructor', 'toString', '__proto__'])(
  'rows are sorted by the values of column %s, which has no declared order',
  (column) => {
    const row = (value: number) => Object.fromEntries([[column, value]]);
    expect(sortAnswer([row(10), row(9)])).toEqual([row(9), row(10)]);
    expect(orderBy([column])).toBe('ALL');
    expect(isOrdered(column)).toBe(false);
  },
);

test('a column of numbers is sorted by value, a decimal too, and NULL is first', () => {
  const sorted = (values: readonly unknown[]) => sortAnswer(values.map((a) => ({ a }))).map(({ a }) => a);
  expect(sorted(['10.50', '9.00', null, '-1.00'])).toEqual([null, '-1.00', '9.00', '10.50']);
  expect(sorted([10n, 9, 2n ** 60n])).toEqual([9, 10n, 2n ** 60n]);
  expect(sorted(['z', null, '10', '9'])).toEqual([null, '10', '9', 'z']);
});
