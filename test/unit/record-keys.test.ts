/** All records of a row get the same key, in whatever form they contain it, so one partition has all versions. */
import { expect, test } from 'vitest';
import type { Dataset, Rule } from '../../src/datasets/dataset.ts';
import { custom, day, epochSeconds, instant, moment, text, wholeNumber } from '../../src/datasets/rules.ts';
import { keyOf } from '../../src/posts/key.ts';

const dataset = (rule: Rule): Dataset => ({
  name: 'visits',
  singular: 'a visit',
  plural: 'visits',
  title: 'Visits',
  grain: 'one row per visit',
  key: 'key',
  fields: { key: { description: 'Key', rule } },
  columns: [{ name: 'key' }],
});

test.each<[string, Rule, readonly unknown[], string | null]>([
  ['a whole number', wholeNumber(0, 9), [7, '7.0', ' 07 '], '7'],
  ['an invalid whole number', wholeNumber(0, 9), ['seven', 7.5], null],
  [
    'a time with its offset',
    instant,
    ['2019-06-03T06:29:14Z', '2019-06-03T08:29:14.000+02:00'],
    '1559543354000',
  ],
  [
    'a time without an offset',
    moment,
    ['2019-06-03 06:29:14', '2019-06-03T06:29:14', '2019:06:03 06:29:14'],
    '2019-06-03 06:29:14',
  ],
  ['seconds since 1970', epochSeconds, [1559543354, '1559543354.0'], '1559543354'],
  ['a day', day, ['2019-06-03'], '2019-06-03'],
  ['a number with a custom rule', custom('CAST({text} AS BIGINT)', 'BIGINT', 'a number'), [7, '7.0'], '7'],
  ['a text', text, ['07'], '07'],
])('the key is the same in every form: %s', (_, rule, values, key) => {
  for (const value of values) expect(keyOf({ key: value }, dataset(rule)), String(value)).toBe(key);
});
