/** The referee's parsing and cleaning, record by record. */
import { describe, expect, it } from 'vitest';
import type { DatasetName } from '../referee/arrivals.ts';
import { clean } from '../referee/clean.ts';
import { fieldsOf } from '../referee/json.ts';

const LONG_FRACTION = '1.00099999999999999999999999999999999999999999999k';

/** `[dataset, the record's members after the key, column, the column's value, whether a value was invalid]` */
const CASES: [DatasetName, string, string, unknown, boolean][] = [
  ['pin', '"title": "\\u00a0\\t A title \\r\\n"', 'title', 'A title', false],
  ['pin', '"title": " No Title Data Available\\u00a0"', 'title', null, false],
  ['pin', '"title": "User Info Error"', 'title', 'User Info Error', false],
  ['pin', '"title": "\\u2003wide\\u2003"', 'title', '\u2003wide\u2003', false],
  ['pin', '"title": 12.0', 'title', '12.0', false],
  ['pin', '"title": 1e3', 'title', '1e3', false],
  ['pin', '"title": {"a":  [1, null]}', 'title', '{"a":[1,null]}', false],
  ['pin', '"title": "a\\u0000b"', 'title', 'a\0b', false],
  ['pin', '"title": "first", "title": "last"', 'title', 'last', false],
  ['pin', '"description": "Untitled "', 'description', null, false],
  ['pin', '"tag_list": "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e"', 'tag_list', null, false],
  ['pin', '"image_src": "Image src error."', 'image_src', null, false],
  ['pin', '"poster_name": "User Info Error"', 'poster_name', null, false],
  ['pin', '"follower_count": "User Info Error"', 'follower_count', null, false],
  ['pin', '"follower_count": "2.01k"', 'follower_count', 2010, false],
  ['pin', '"follower_count": "15M"', 'follower_count', 15_000_000, false],
  ['pin', '"follower_count": "1.5b"', 'follower_count', 1_500_000_000, false],
  ['pin', '"follower_count": "0.9999999999k"', 'follower_count', 999, false],
  ['pin', `"follower_count": "${LONG_FRACTION}"`, 'follower_count', 1000, false],
  ['pin', '"follower_count": 12.9', 'follower_count', 12, false],
  ['pin', '"follower_count": 9223372036854775807', 'follower_count', '9223372036854775807', false],
  ['pin', '"follower_count": 9223372036854775808', 'follower_count', null, true],
  ['pin', '"follower_count": "99999999999999999999B"', 'follower_count', null, true],
  ['pin', '"follower_count": "5 k"', 'follower_count', null, true],
  ['pin', '"follower_count": "-5"', 'follower_count', null, true],
  ['pin', '"follower_count": "5k\\u2028"', 'follower_count', null, true],
  ['pin', '"save_location": "Local save in /data/art"', 'save_location', '/data/art', false],
  ['pin', '"save_location": "/data/art"', 'save_location', '/data/art', false],
  ['pin', '"save_location": "Local save in /etc"', 'save_location', null, true],
  ['pin', '"downloaded": "nonsense"', 'title', null, false],
  ['geo', '"latitude": "1.25e1", "longitude": -180', 'coordinates', [12.5, -180], false],
  ['geo', '"latitude": 12', 'coordinates', null, false],
  ['geo', '"latitude": 90.1, "longitude": 0', 'coordinates', null, true],
  ['geo', '"latitude": "NaN", "longitude": 0', 'coordinates', null, true],
  ['geo', '"latitude": "12.5d", "longitude": 0', 'coordinates', null, true],
  ['geo', '"timestamp": "2019-06-03 06:29:14"', 'timestamp', '2019-06-03 06:29:14', false],
  ['geo', '"timestamp": "2019-06-03T06:29:14"', 'timestamp', '2019-06-03 06:29:14', false],
  ['geo', '"timestamp": "2019:06:03 06:29:14"', 'timestamp', '2019-06-03 06:29:14', false],
  ['geo', '"timestamp": "0001-01-01 00:00:00"', 'timestamp', '0001-01-01 00:00:00', false],
  ['geo', '"timestamp": "2000-02-29 00:00:00"', 'timestamp', '2000-02-29 00:00:00', false],
  ['geo', '"timestamp": "2019-02-30 06:29:14"', 'timestamp', null, true],
  ['geo', '"timestamp": "2019-06-03 24:00:00"', 'timestamp', null, true],
  ['geo', '"timestamp": "2019:06:03T06:29:14"', 'timestamp', null, true],
  ['geo', '"timestamp": "2019-06-03T06:29:14Z"', 'timestamp', null, true],
  ['geo', '"timestamp": ""', 'timestamp', null, false],
  ['user', '"first_name": " Ann ", "last_name": "Li"', 'user_name', 'Ann Li', false],
  ['user', '"first_name": " ", "last_name": "Li"', 'user_name', 'Li', false],
  ['user', '"first_name": null, "last_name": ""', 'user_name', null, false],
  ['user', '"age": "20.0"', 'age', 20, false],
  ['user', '"age": 120', 'age', 120, false],
  ['user', '"age": 121', 'age', null, true],
  ['user', '"age": -1', 'age', null, true],
  ['user', '"age": 2e1', 'age', null, true],
  ['user', '"date_joined": "now"', 'date_joined', null, true],
];

const keyOf = (dataset: DatasetName) => (dataset === 'pin' ? 'index' : 'ind');

describe('cleaning', () => {
  it.each(CASES)('%s {%s} has %s %j (invalid: %s)', (dataset, members, column, value, invalid) => {
    const cleaned = clean(dataset, `{"${keyOf(dataset)}": 5, ${members}}`);
    expect(cleaned?.row[column]).toEqual(value);
    expect(cleaned?.invalid).toBe(invalid);
  });

  it.each(['7', '7.0', '"7"', '" 7.0\\u00a0"'])('reads %s as the key 7', (key) => {
    expect(clean('user', `{"ind": ${key}, "age": 20}`)?.row.ind).toBe(7);
  });

  it.each(['null', '""', '-1', '1.5', '2147483648', '"abc"', 'true', '[1]', '1e3', '{}'])(
    'rejects the key %s',
    (key) => {
      expect(clean('user', `{"ind": ${key}, "age": 20}`)).toBeUndefined();
    },
  );

  it('rejects a record without any field of its dataset', () => {
    expect(clean('user', '{"ind": 5}')).toBeUndefined();
    expect(clean('user', '{"ind": 5, "country": "Austria", "latitude": 1}')).toBeUndefined();
    expect(clean('geo', '{"ind": 5, "country": "Austria", "age": 20}')).toBeDefined();
  });

  it('has the columns in the order of the clean tables', () => {
    expect(Object.keys(clean('pin', '{"index": 5, "title": "x"}')?.row ?? {})).toEqual(
      'ind unique_id title description follower_count poster_name tag_list is_image_or_video image_src save_location category'.split(
        ' ',
      ),
    );
    expect(Object.keys(clean('geo', '{"ind": 5, "country": "x"}')?.row ?? {}).join(' ')).toBe(
      'ind country coordinates timestamp',
    );
    expect(Object.keys(clean('user', '{"ind": 5, "age": 1}')?.row ?? {}).join(' ')).toBe(
      'ind user_name age date_joined',
    );
  });
});

describe('strict JSON', () => {
  it('keeps every value as the text in which it was written', () => {
    const fields = fieldsOf('\t{"a" : 1.50, "b:{": "x\\"}", "\\u0063": null, "d":[1, {"e": "]"}] ,"":true} ');
    expect(Object.fromEntries(fields as ReadonlyMap<string, unknown>)).toEqual({
      a: '1.50',
      'b:{': 'x"}',
      c: null,
      d: '[1,{"e":"]"}]',
      '': 'true',
    });
  });

  it('keeps the numbers of an object or array as written, without unnecessary blanks and escapes', () => {
    const fields = fieldsOf(
      String.raw`{"a": [1.50, 1e3,-0 ], "b": {"c\u0041" : "x \/ \u001f\n\"\\ [1.50]"}}`,
    );
    expect(Object.fromEntries(fields as ReadonlyMap<string, unknown>)).toEqual({
      a: '[1.50,1e3,-0]',
      b: String.raw`{"cA":"x / \u001F\n\"\\ [1.50]"}`,
    });
  });

  it('ignores a byte order mark before the record', () => {
    expect(fieldsOf('\ufeff{"a": "\ufeff"}')).toEqual(new Map([['a', '\ufeff']]));
  });

  it('unwraps an array of one object', () => {
    expect(fieldsOf(' [ {"a": [1]} ] ')).toEqual(new Map([['a', '[1]']]));
    expect(fieldsOf('{}')).toEqual(new Map());
  });

  it.each(['[]', '[{}, {}]', '[[{}]]', '[null]', 'null', '5', '"{}"'])('%s is not one object', (record) => {
    expect(fieldsOf(record)).toBe('not one object');
  });

  it.each([
    "{'a': 1}",
    '{"a": NaN}',
    '{"a": 1',
    '{"a": 1} x',
    '{"a": 1}{"a": 1}',
    '{"a": "\t"}',
    '{\ufeff}',
    '\ufeff\ufeff{}',
    ' ',
    '{"a": 01}',
  ])('%j is not JSON', (record) => {
    expect(fieldsOf(record)).toBe('not JSON');
  });
});
