/** Fields of small samples: the inferred rule, and the doubts about it. */
import { describe, expect, test } from 'vitest';
import { inferred, linesOf, repeated } from '../fixtures/inferred.ts';

const text = (value: string) => JSON.stringify(value);
const texts = (...values: readonly string[]) => values.map(text);

/** Title, name of the field, its values as JSON, the rule, and a part of the doubts or of the rule's description. */
type Case = readonly [says: string, field: string, values: readonly string[], code: string, more?: string];

const WHOLE = 'wholeNumber(0, INT_MAX)';

const CASES: readonly Case[] = [
  ['whole numbers', 'quantity', ['1', '22', '3'], WHOLE],
  ['numbers that are text', 'quantity', texts('1', '22', '3'), WHOLE],
  ['numbers and numbers that are text', 'quantity', ['1', '"22"', '3.0'], WHOLE],
  ['negative numbers', 'delta', ['-4', '7'], 'wholeNumber(-INT_MAX, INT_MAX)'],
  ['leading zeros', 'branch', texts('007', '012', '100'), 'text', 'leading zeros'],
  ['postcodes without leading zeros', 'zip', texts('10115', '94043'), 'text'],
  ['beyond an INT', 'views', ['1', '2147483648'], 'bigNumber(0)'],
  ['beyond a double', 'views', ['9007199254740993', '9007199254740995'], 'bigNumber(0)'],
  ['beyond a BIGINT', 'atoms', ['9223372036854775808', '1'], 'decimal(38, 0)', 'too large for a BIGINT'],
  ['an id beyond BIGINT', 'trace_id', ['92233720368547758080', '1'], 'text'],
  ['an id written as text', 'order_no', texts('4711', '4712'), 'text'],
  ['money', 'price', ['9.9', '12.50', '3'], 'decimal(12, 2)'],
  ['money without cents', 'amount', ['9', '12'], 'decimal(12, 2)', 'an amount of money'],
  ['cents', 'amount_cents', ['990', '1250'], WHOLE],
  ['numbers with two decimals', 'weight', ['1.25', '3.50', '2.00'], 'decimal(12, 2)'],
  ['measurements', 'weight', ['1.25', '3.5', '2.0001'], 'double'],
  ['an exponent', 'mass', ['1e-5', '2.5E3'], 'double'],
  ['a decimal comma', 'price', texts('1,50', '2,25'), 'text', 'a comma'],
  ['a currency sign', 'price', texts('$1.50', '$2.25'), 'text', 'a comma, a currency sign or a unit'],
  ['a latitude', 'lat', ['52.5', '-33.9'], 'degrees(90)'],
  ['a longitude', 'longitude', ['13.4', '-151.2'], 'degrees(180)'],
  ['ages', 'age', ['17', '80'], 'wholeNumber(0, 120)'],
  ['true and false', 'express', ['true', 'false'], 'flag'],
  ['true and false as text', 'express', texts('true', 'false'), 'flag'],
  ['0 and 1 in a flag', 'is_gift', ['0', '1', '1'], 'flag'],
  ['0 and 1 in a number', 'quantity', ['0', '1', '1'], WHOLE, 'perhaps it is a flag'],
  ['quantities that are mostly 0 and 1', 'quantity', [...repeated(48, '1', '0'), '1', '2', '3', '12'], WHOLE],
  ['one number among flags', 'express', [...repeated(30, 'true', 'false'), '7'], 'flag'],
  ['one text among 0 and 1 in a flag', 'is_gift', [...repeated(30, '0', '1'), '"x"'], 'flag'],
  ['one fraction among whole numbers', 'celsius', [...repeated(97, '20'), '20.5'], 'double'],
  [
    'yes and no',
    'subscribed',
    texts('Yes', 'no'),
    "custom(\"CASE lower({text}) WHEN 'yes' THEN true WHEN 'no' THEN false END\", 'BOOLEAN', 'yes or no', ['yes', 'no'])",
  ],
  ['days', 'day', texts('2026-02-28', '2024-02-29'), 'day'],
  ['days that do not exist', 'due', texts('2026-02-30', '2026-13-01'), 'text'],
  ['times', 'created', texts('2026-02-28 10:00:00', '2026-02-28T10:00:00'), 'moment'],
  [
    'times with an offset',
    'created',
    texts('2026-02-28T10:00:00Z', '2026-02-28T10:00:00.123+02:00'),
    'instant',
  ],
  [
    'times with a fraction and no offset',
    'created',
    texts('2026-02-28 10:00:00.5', '2026-02-28 10:00'),
    'custom(',
    'read as UTC',
  ],
  ['German days', 'due', texts('28.02.2026', '1.3.2026'), 'custom(', 'a day written d.M.yyyy'],
  ['American days', 'due', texts('02/28/2026', '3/1/2026'), 'custom(', 'a day written M/d/yyyy'],
  ['American or British days', 'due', texts('02/03/2026', '03/01/2026'), 'text', 'M/d/yyyy or d/M/yyyy'],
  ['days in two forms', 'due', texts('2026-02-28', '28.02.2026'), 'text', 'several forms'],
  [
    'times with nanoseconds, or an offset without a colon',
    'at',
    texts('2026-02-28T10:00:00.123456789Z', '2026-02-28T10:00:00+0100', '2026-02-28 10:00:00 UTC'),
    'text',
    'times in a form that no rule reads: `custom` can read them',
  ],
  [
    'times of e-mails',
    'sent',
    texts('Sat, 28 Feb 2026 10:00:00 +0000', '1 Mar 2026 10:00:00 GMT'),
    'text',
    'times in a form that no rule reads',
  ],
  [
    'times with microseconds or nanoseconds',
    'at',
    texts('2026-02-28T10:00:00.123456Z', '2026-02-28T10:00:00.123456789Z'),
    'text',
    'several forms',
  ],
  ['days as eight digits', 'ship_date', ['20260228', '20260301'], 'custom(', 'a day such as 20190603'],
  ['seconds since 1970', 'created_at', ['1767225600', '1767225700'], 'epochSeconds'],
  ['milliseconds since 1970', 'ts', ['1767225600123', '1767225700456'], 'epochMilliseconds'],
  [
    'numbers that look like seconds since 1970',
    'population',
    ['1767225600', '1767225700'],
    WHOLE,
    'perhaps this is a whole number of seconds since 1970-01-01, UTC: epochSeconds',
  ],
  [
    'microseconds since 1970',
    'event_timestamp',
    texts('1771568309148000', '1771568309148001'),
    'custom(',
    'a whole number of microseconds since 1970-01-01, UTC',
  ],
  [
    'nanoseconds since 1970',
    'startTimeUnixNano',
    texts('1771567200000000123', '1771567200000000124'),
    'custom(',
    'a whole number of nanoseconds since 1970-01-01, UTC',
  ],
  [
    'numbers that look like microseconds since 1970',
    'offset',
    ['1771568309148000', '1771568309148001'],
    'bigNumber(0)',
    'perhaps this is a whole number of microseconds since 1970-01-01, UTC: custom(',
  ],
  ['an id that looks like nanoseconds since 1970', 'tweet_id', ['1771567200000000123'], 'bigNumber(0)'],
  ['versions that look like decimals', 'app_version', texts('1.9', '1.10', '2.0'), 'text'],
  ['versions that look like whole numbers', 'specversion', texts('1.0', '1.0'), 'text'],
  ['versions that look like days', 'api_version', texts('2024-06-20', '2025-03-31'), 'text'],
  ['versions that count', 'version', texts('1', '2', '10'), WHOLE],
  ['versions that are numbers', 'version', ['1.5', '2.25'], 'double'],
  ['the day of a release', 'release_date', texts('1999-03-31', '2003-05-15'), 'day'],
  ['an id with a point', 'user_pseudo_id', texts('1411901344.1491709150', '193157307.194465'), 'text'],
  [
    'more digits than a double has',
    'client',
    texts('1411901344.1491709155', '193157307.194465'),
    'double',
    '20 digits, of which a DOUBLE loses some',
  ],
  ['a double with all its digits', 'ratio', texts('0.30000000000000004', '0.10000000000000000000'), 'double'],
  [
    'kinds of events',
    'type',
    texts(...repeated(10, 'invoice.paid', 'charge.failed')),
    'text',
    "oneOf('charge.failed', 'invoice.paid') would accept only these",
  ],
  [
    'kinds of things that are not events',
    'payment_type',
    texts(...repeated(10, 'card', 'cash')),
    "oneOf('card', 'cash')",
  ],
  ['small numbers in a field named time', 'response_time', ['120', '340'], WHOLE],
  ['e-mail addresses', 'contact', texts('a@b.test', 'c.d@e.test'), 'email'],
  ['web addresses', 'link', texts('https://a.test/x?y', 'http://b.test'), 'url'],
  ['objects and arrays', 'items', ['{"a":1}', '[1,2]'], 'json'],
  ['JSON inside text', 'payload', texts('{"a":1}', '[]'), 'json', 'JSON inside text'],
  [
    'few values that are frequent',
    'status',
    texts(...repeated(10, 'paid', 'sent', 'returned')),
    "oneOf('paid', 'returned', 'sent')",
  ],
  ['few of many possible values', 'country', texts(...repeated(10, 'DE', 'FR')), 'text', "oneOf('DE', 'FR')"],
  ['few values in few records', 'status', texts('paid', 'sent', 'paid'), 'text'],
  ['free text', 'comment', texts(...Array.from({ length: 40 }, (_, at) => `comment number ${at}`)), 'text'],
  ['texts and numbers', 'size', ['"L"', '42', '"M"'], 'text', 'mixed: 2 texts, 1 numbers'],
  ['one invalid value among numbers', 'quantity', [...repeated(30, '7', '8'), '"many"'], WHOLE],
  ['numbers in half of the records', 'size', texts('1', '2', '3', 'L', 'M'), 'text', 'numbers in 3 of 5'],
  ['no values', 'reserved', ['null', '""', 'null'], 'text', 'no value in the sample'],
];

test.each(CASES.map((one) => [one[0], one] as const))(
  'the expected rule is inferred: %s',
  async (_, [, field, values, code, more]) => {
    const { fields } = await inferred(linesOf(field, values));
    const found = fields.find(({ name }) => name === field);
    if (code === 'custom(') expect(found?.guess.code).toMatch(/^custom\(/);
    else expect(found?.guess.code).toBe(code);
    if (more === undefined)
      expect(found?.guess.doubts.filter((doubt) => !doubt.startsWith('values that are not'))).toEqual([]);
    else expect([...(found?.guess.doubts ?? []), found?.guess.rule.description].join('; ')).toContain(more);
  },
);

test.each([
  ['email', 'a@b.test', 'a@b'],
  ['url', 'https://a.test', 'https://a test'],
  ['json', '{"a":1}', '{a'],
])('the few flaws in a field of the form %s are not read as values', async (code, value, flaw) => {
  const { fields } = await inferred(linesOf('reply', texts(...repeated(30, value), flaw)));
  const guess = fields[1]?.guess;
  expect(guess?.code).toBe(code);
  expect([guess?.read(value), guess?.read(flaw)]).toEqual([value, null]);
});

test('microseconds and nanoseconds since 1970 are read to the microsecond', async () => {
  const { fields } = await inferred(
    '{"id":1,"time_us":1771568309148001,"time_ns":"1771567200000000123","created_at":946684800}\n',
  );
  const [, us, ns, seconds] = fields.map(({ guess }) => guess);
  expect(us?.read('1771568309148001')).toBe('2026-02-20T06:18:29.148001Z');
  expect(us?.read('177156830914800')).toBeNull();
  expect(ns?.read('1771567200000001123')).toBe('2026-02-20T06:00:00.000001Z');
  expect(seconds?.code).toBe('epochSeconds');
});

describe('placeholders', () => {
  test('become NULL in fields of numbers and times, whatever the text', async () => {
    const { fields } = await inferred(linesOf('total', ['1', '"N/A"', '"unknown"', '"-"', '"null"', '2']));
    expect(fields[1]?.guess).toMatchObject({
      code: 'decimal(12, 2)',
      placeholders: ['-', 'N/A', 'null', 'unknown'],
    });
  });

  test('become NULL in fields of texts only if they are unambiguous', async () => {
    const { fields } = await inferred(linesOf('payment', texts('card', 'N/A', 'none', 'cash')));
    expect(fields[1]?.guess).toMatchObject({ code: 'text', placeholders: ['N/A'] });
    expect(fields[1]?.guess.doubts).toEqual(['perhaps placeholders: "none"']);
  });
});

describe('required fields', () => {
  const lines = (count: number, more = '') =>
    Array.from(
      { length: count },
      (_, at) => `{"id":${at},"customer_id":${at % 3},"at":"2026-01-01T00:00:${10 + at}Z","color":"red"}\n`,
    ).join('') + more;
  const required = async (sample: string) =>
    (await inferred(sample)).fields.filter((field) => field.required).map(({ name }) => name);

  test('are ids and times that are in all records of a large enough sample', async () => {
    expect(await required(lines(25))).toEqual(['customer_id', 'at']);
    expect(await required(lines(5))).toEqual([]);
  });

  test('do not include a field that is missing in one record', async () => {
    expect(await required(lines(25, '{"id":99,"customer_id":null}\n'))).toEqual([]);
  });
});

describe('names', () => {
  const columns = async (...names: string[]) => {
    const record = Object.fromEntries(names.map((name) => [name, 'x']));
    const { fields, omitted } = await inferred(`${JSON.stringify({ id: 1, ...record })}\n`);
    return { columns: fields.slice(1).map(({ column }) => column), omitted: omitted.map(({ name }) => name) };
  };

  test('that are SQL identifiers are kept, even reserved words', async () => {
    expect(await columns('select', 'constructor', 'customerName', '_private')).toEqual({
      columns: ['select', 'constructor', 'customerName', '_private'],
      omitted: [],
    });
  });

  test('in any language get columns that are SQL identifiers', async () => {
    expect(await columns('Größe (cm)', 'Order-No.', '注文', '2nd', 'record')).toEqual({
      columns: ['grosse_cm', 'order_no', 'field', '_2nd', 'record_value'],
      omitted: [],
    });
  });

  test('without Latin letters are marked for a check', async () => {
    const { fields } = await inferred('{"id":1,"価格":"x","价":"y","größe":"z","№ 5":"v"}\n');
    expect(fields.map(({ guess }) => guess.doubts)).toEqual([
      [],
      ['its column is called field, because its name has no Latin letters'],
      ['its column is called field_2, because its name has no Latin letters'],
      [],
      [],
    ]);
  });

  test('that differ only in case become the name that most records have', async () => {
    const { fields, omitted } = await inferred(
      '{"id":1,"Name":"a"}\n{"id":2,"name":"b"}\n{"id":3,"name":"c"}\n',
    );
    expect(fields.map(({ name }) => name)).toEqual(['id', 'name']);
    expect(omitted).toEqual([{ name: 'Name', why: 'a name that differs from name only in case' }]);
  });

  test('of a thousand columns are kept', async () => {
    const names = Array.from({ length: 1000 }, (_, at) => `column_${at}`);
    expect((await columns(...names)).columns).toEqual(names);
  });
});
