/** The inferred keys of small samples, and the supported forms of samples. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { inferred, read } from '../fixtures/inferred.ts';

const lines = (count: number, record: (at: number) => object): string =>
  Array.from({ length: count }, (_, at) => `${JSON.stringify(record(at))}\n`).join('');

const day = (at: number) => `2026-01-${String((at % 28) + 1).padStart(2, '0')}`;
const time = (at: number) => `${day(at)}T10:00:00Z`;

const keyOf = async (sample: string, name = 'orders') => (await inferred(sample, name)).key;

/** Returns a whole number from `least` to `most` that looks random, and is the same in each run. */
const any = (at: number, least: number, most: number): number =>
  least + ((Math.imul(at * 31 + least + most, 2_654_435_761) >>> 8) % (most - least + 1));
const uuid = (at: number) => `0b9f0f5e-1111-4222-8333-${String(at).padStart(12, '0')}`;
const minute = (at: number) => new Date(Date.UTC(2026, 1, 20, 6, at)).toISOString();
const german = (at: number) => minute(at).replace(/^(....)-(..)-(..)T(.{8}).*/, '$3.$2.$1 $4');

/** Samples as programs write them: the dataset's name, how many records, the record, the key and `latestBy`. */
const SAMPLES: readonly (readonly [
  title: string,
  name: string,
  records: number,
  record: (at: number) => object,
  key: string,
  latestBy?: string,
])[] = [
  [
    'order lines with a time of change',
    'order_lines',
    90,
    (at) => ({
      order_id: 1000 + Math.floor(at / 3),
      line_no: (at % 3) + 1,
      sku: `SKU${any(at, 1, 50)}`,
      qty: any(at, 1, 5),
      updated_at: minute(at),
    }),
    'order_id, line_no',
    'updated_at',
  ],
  [
    'payments with an id whose name begins like that of an amount',
    'payments',
    60,
    (at) => ({ paymentno: 5000 + 7 * at, order_id: 100 + Math.floor(at / 2), paid_at: minute(at) }),
    'paymentno',
  ],
  [
    'order lines that are named by their product',
    'orders',
    90,
    (at) => ({ order_id: Math.floor(at / 3), product_id: (at * 7) % 31, created_at: minute(at) }),
    'order_id, product_id',
  ],
  [
    'versions of subscriptions to different plans',
    'subscriptions',
    60,
    (at) => ({ subscription_id: Math.floor(at / 2), plan_id: (at * 7) % 31, updated_at: minute(at) }),
    'subscription_id',
    'updated_at',
  ],
  [
    'orders that mostly have one line',
    'orders',
    60,
    (at) => ({ order_id: at - Number(at > 50), position: at === 51 ? 2 : 1, updated_at: minute(at) }),
    'order_id, position',
    'updated_at',
  ],
  [
    'versions of orders in different states and cities',
    'orders',
    60,
    (at) => ({
      order_id: Math.floor(at / 2),
      status_code: at % 2,
      city: at % 2 ? 'Rome' : 'Oslo',
      version: (at % 2) + 1,
      updated_at: minute(at),
    }),
    'order_id',
    'updated_at',
  ],
  [
    'CloudEvents, whose id is unique per source',
    'cloudevents',
    90,
    (at) => ({
      specversion: '1.0',
      id: String(Math.floor(at / 3)),
      source: `/shop/${['de', 'fr', 'it'][at % 3]}`,
      type: `com.acme.order.${at % 2 ? 'paid' : 'created'}.v1`,
      time: minute(at),
    }),
    'id, source',
  ],
  [
    'readings with measures that are whole numbers',
    'readings',
    400,
    (at) => ({
      device_id: `d${at % 40}`,
      ts: Date.UTC(2026, 1, 20) + Math.floor(at / 40) * 60_000,
      temperature: any(at, -100, 400) / 10,
      pressure_pa: any(at, 95_000, 105_000),
      battery_mv: any(at + 7, 3000, 4200),
    }),
    'device_id, ts',
  ],
  [
    'telemetry with a counter',
    'telemetry',
    200,
    (at) => ({
      deviceId: `sensor-${any(at, 1, 12)}`,
      ts: Date.UTC(2026, 1, 20) + at * 61_234,
      humidity: any(at, 20, 90),
      rssi: -any(at, 30, 90),
      seq: at,
    }),
    'deviceId, ts',
  ],
  [
    'page views',
    'pageviews',
    500,
    (at) => ({
      user_id: any(at, 1, 90),
      session_id: `s${any(at + 3, 1, 120)}`,
      duration_ms: any(at, 1, 90_000),
      scroll: any(at, 0, 100),
      ts: minute(at),
    }),
    'user_id, ts',
  ],
  [
    'lower-case names',
    'low',
    60,
    (at) => ({ custid: any(at, 1, 20), userid: any(at, 1, 30), createdat: minute(at), orderid: 10_001 + at }),
    'orderid',
  ],
  [
    'lower-case names with versions',
    'orders',
    60,
    (at) => ({ orderid: Math.floor(at / 2), createdat: minute(at), updatedat: minute(at + 5) }),
    'orderid',
    'updatedat',
  ],
  [
    'names in German, and a time of change',
    'bestellungen',
    60,
    (at) => ({
      Bestellnummer: `2026-${String(at).padStart(5, '0')}`,
      Kundennummer: any(at, 1, 20),
      Status: at % 2 ? 'neu' : 'bezahlt',
      'Geändert am': german(at),
    }),
    'Bestellnummer',
  ],
  [
    'receipts that are numbered per store, in German',
    'belege',
    90,
    (at) => ({
      Filiale: (at % 3) + 1,
      Bon: Math.floor(at / 3) + 500,
      Menge: any(at, 1, 90),
      Zeit: minute(at),
    }),
    'Filiale, Bon',
  ],
  [
    'figures per country and year',
    'statistics',
    60,
    (at) => ({ population: any(at, 1, 9_000_000), country: `C${at % 6}`, year: 2000 + Math.floor(at / 6) }),
    'country, year',
  ],
  [
    'pages without an id that have a time of change',
    'pages',
    60,
    (at) => ({ views: any(at, 1, 9), slug: `page-${at}`, updated_at: minute(at) }),
    'slug',
  ],
  [
    'events of a website, with new visitors only',
    'track',
    60,
    (at) => ({ anonymousId: uuid(at), messageId: `ajs-next-${uuid(at)}`, timestamp: minute(at) }),
    'messageId',
  ],
  [
    'events of Google Analytics, with new visitors only',
    'ga4',
    60,
    (at) => ({
      event_date: '20260220',
      event_timestamp: String(1_771_568_309_148_000 + at),
      event_name: at % 2 ? 'scroll' : 'page_view',
      user_pseudo_id: `${any(at, 1_000_000, 9_000_000)}.${1_491_709_150 + at}`,
      stream_id: '2051234567',
    }),
    'user_pseudo_id, event_timestamp',
  ],
  [
    'events of Google Analytics, with two events of a visitor',
    'ga4',
    60,
    (at) => ({
      event_date: '20260220',
      event_timestamp: String(1_771_568_309_148_000 + Math.floor(at / 2)),
      event_name: at % 3 ? 'scroll' : 'page_view',
      user_pseudo_id: `14.${Math.floor(at / 4) * 2 + (at % 2)}`,
    }),
    'user_pseudo_id, event_timestamp',
  ],
  [
    'spans of traces',
    'spans_seen',
    60,
    (at) => ({ traceId: `t${at}`, spanId: `s${at}`, name: 'GET /' }),
    'spanId',
  ],
  [
    'prices per product and day, in cents',
    'prices',
    60,
    (at) => ({ sku: `A${at % 6}`, price: any(at, 100, 9999), valid_from: day(Math.floor(at / 6)) }),
    'sku, valid_from',
  ],
  ['a number of items', 'baskets', 60, (at) => ({ number_of_items: at * 13, basket: `b${at}` }), 'basket'],
];

describe('the key', () => {
  test.each(SAMPLES.map((one) => [one[0], one] as const))(
    'of %s is found',
    async (_, [, name, records, record, fields, latestBy]) => {
      const key = await keyOf(lines(records, record), name);
      expect({ key: key.fields.join(', '), latestBy: key.latestBy }).toEqual({ key: fields, latestBy });
    },
  );

  test('is the only id', async () => {
    const sample = lines(10, (at) => ({ amount: at + 0.5, order_id: 100 + at, customer_id: at % 3 }));
    expect(await keyOf(sample)).toEqual({
      fields: ['order_id'],
      reason: 'order_id is different in each of 10 records',
      isUnsure: false,
    });
  });

  test('is the id named like the dataset rather than another unique id', async () => {
    const sample = lines(10, (at) => ({ invoice_id: 7000 + at, order_id: 100 + at }));
    expect((await keyOf(sample)).fields).toEqual(['order_id']);
    expect((await keyOf(sample, 'invoices')).fields).toEqual(['invoice_id']);
  });

  test('is marked as unsure if it is the id of a person, a device or a session, who may have several records', async () => {
    const sample = lines(10, (at) => ({ user_id: 100 + at, amount: at + 0.5 }));
    expect(await keyOf(sample)).toEqual({
      fields: ['user_id'],
      reason:
        'user_id is different in each of 10 records, although by its name several records can have the same',
      isUnsure: true,
    });
    expect(await keyOf(sample, 'users')).toMatchObject({ fields: ['user_id'], isUnsure: false });
  });

  test('is a UUID, whatever its name', async () => {
    const sample = lines(10, (at) => ({ what: 'x', delivery: `0b9f0f5e-1111-4222-8333-44445555666${at}` }));
    expect(await keyOf(sample)).toMatchObject({ fields: ['delivery'], isUnsure: false });
  });

  test('is several fields if no single field is unique', async () => {
    const sample = lines(12, (at) => ({ order_id: Math.floor(at / 3), line_no: (at % 3) + 1, quantity: 5 }));
    expect(await keyOf(sample)).toMatchObject({ fields: ['order_id', 'line_no'], isUnsure: true });
  });

  test('can be a repeated id; the record with the latest change time is the latest version', async () => {
    const sample = lines(12, (at) => ({ order_id: at % 10, updated_at: time(at), status: `s${at % 4}` }));
    expect(await keyOf(sample)).toMatchObject({
      fields: ['order_id'],
      latestBy: 'updated_at',
      isUnsure: false,
    });
  });

  test('is marked as unsure if many of its values repeat, and the reason names the shop that may be part of it', async () => {
    const sample = lines(60, (at) => ({
      shop: at % 3 ? 'Berlin' : 'New York',
      'order id': (at * 7) % 31,
      updated_at: time(at % 26),
      status: `s${at % 4}`,
    }));
    expect(await keyOf(sample)).toEqual({
      fields: ['order id'],
      latestBy: 'updated_at',
      reason:
        'order id occurs more than once: the greatest updated_at is the latest version; records of one order id differ in shop, which may be part of the key',
      isUnsure: true,
    });
    const products = lines(60, (at) => ({ order_id: at % 31, product_id: at % 7, updated_at: time(at) }));
    expect((await keyOf(products)).reason).toContain(
      'records of one order_id differ in product_id, which may be part of the key',
    );
    const changed = lines(60, (at) => ({ order_id: at % 31, updated_at: time(at), status: `s${at % 4}` }));
    expect(await keyOf(changed)).toMatchObject({
      reason: 'order_id occurs more than once: the greatest updated_at is the latest version',
      isUnsure: true,
    });
  });

  test('can be a repeated id if no field has a change time; the record that arrived last is the latest version, and the key is marked as unsure', async () => {
    const sample = lines(12, (at) => ({ order_id: at % 9, status: 'paid' }));
    const key = await keyOf(sample);
    expect(key).toMatchObject({ fields: ['order_id'], isUnsure: true });
    expect(key).not.toHaveProperty('latestBy');
    expect(key.reason).toContain('the latest arrival is');
  });

  test('of measurements is the sensor and the time', async () => {
    const sample = lines(24, (at) => ({
      celsius: 20.5,
      measured_at: time(Math.floor(at / 2)),
      sensor_id: `s${at % 2}`,
    }));
    expect(await keyOf(sample, 'readings')).toMatchObject({
      fields: ['sensor_id', 'measured_at'],
      isUnsure: true,
    });
  });

  test('is a text and a number rather than a number and a time, if both are different in every record', async () => {
    const sample = lines(24, (at) => ({
      shop: `s${at % 3}`,
      number: Math.floor(at / 3),
      issued_at: time(at % 23),
    }));
    expect(await keyOf(sample, 'receipts')).toMatchObject({ fields: ['number', 'shop'], isUnsure: true });
  });

  test('of one series is its day or time, and not an amount that is different by chance', async () => {
    const prices = lines(24, (at) => ({ Date: day(at), Open: at + 0.25, Volume: 7000 + at * 13 }));
    expect(await keyOf(prices, 'prices')).toEqual({
      fields: ['Date'],
      reason: 'Date is different in every record',
      isUnsure: true,
    });
    const readings = lines(24, (at) => ({ time: time(at), temperature: at / 7, wet: at % 2 === 0 }));
    expect(await keyOf(readings, 'readings')).toMatchObject({ fields: ['time'], isUnsure: true });
  });

  test('of measurements is the sensor and the time, even if each time occurs only once', async () => {
    const sample = lines(24, (at) => ({ measured_at: time(at), sensor_id: `s${at % 2}`, celsius: 20.5 }));
    expect(await keyOf(sample, 'readings')).toEqual({
      fields: ['sensor_id', 'measured_at'],
      reason: 'sensor_id and measured_at together are different in every record',
      isUnsure: true,
    });
  });

  test.each<[string, (at: number) => object, string[]]>([
    ['rooms', (at) => ({ at: time(at), people: at % 3, room: `r${at % 2}` }), ['room', 'at']],
    ['devices', (at) => ({ ts: time(at), device: `d${at % 2}`, celsius: at + 0.5 }), ['device', 'ts']],
    [
      'trades',
      (at) => ({ time: time(at), symbol: `S${at % 3}`, price: at + 0.25, volume: at % 5 }),
      ['symbol', 'time'],
    ],
    [
      'invoices',
      (at) => ({ customer: `c${at % 5}`, due: day(at), created_at: time(at), total: at * 7 }),
      ['customer', 'due'],
    ],
  ])(
    'of series with a text as their name, such as %s, is the name and the time',
    async (name, record, fields) => {
      expect(await keyOf(lines(24, record), `${name}_seen`)).toMatchObject({ fields, isUnsure: true });
    },
  );

  test('is not a date of birth, even if no other field could be the key', async () => {
    const sample = lines(24, (at) => ({ date_of_birth: day(at), height: at / 7 }));
    await expect(keyOf(sample)).rejects.toThrow('no field could be the key');
    const logins = lines(24, (at) => ({ dob: day(at), last_login_at: time(at), height: at / 7 }));
    expect(await keyOf(logins)).toMatchObject({ fields: ['last_login_at'] });
  });

  test('is all fields together if no field is unique, and the reason is given', async () => {
    const key = await keyOf(lines(12, (at) => ({ color: at % 2 ? 'red' : 'blue', size: 3 })));
    expect(key).toMatchObject({ fields: ['color', 'size'], isUnsure: true });
    expect(key.reason).toContain('no field identifies a record, so 2 fields together are used');
  });

  test('can be missing in one of a hundred records, and the reason says that records without it are rejected', async () => {
    const key = await keyOf(lines(100, (at) => ({ id: at === 50 ? null : at, color: 'red' })));
    expect(key).toMatchObject({
      fields: ['id'],
      reason: expect.stringContaining('records without it are rejected (1 in the sample)'),
    });
  });

  test('can not be inferred if no field is in every record', async () => {
    await expect(keyOf('{"a":1}\n{"b":2}\n')).rejects.toThrow('no field could be the key');
  });

  test('of one record is guessed by its name, and marked as unsure', async () => {
    expect(await keyOf('{"total":9,"order_id":1}')).toMatchObject({ fields: ['order_id'], isUnsure: true });
  });

  test('in a field of few values has a rule that accepts any text', async () => {
    const sample = lines(40, (at) => ({ kind: at % 2 ? 'in' : 'out', number: Math.floor(at / 2) }));
    const { key, fields } = await inferred(sample);
    expect(key.fields).toEqual(['number', 'kind']);
    expect(fields[0]?.guess.code).toBe('text');
  });
});

describe('CSV', () => {
  const rows = async (text: string | Buffer) => {
    const { profile, damage } = await read(text);
    const values = profile.kept.map((record) =>
      [...record.values].map(([name, value]) => [name, value?.text]),
    );
    return { rows: values.map((row) => Object.fromEntries(row)), damage };
  };

  test.each([
    ['commas', 'a,b\n1,x\n'],
    ['semicolons', 'a;b\n1;x\n'],
    ['tabs', 'a\tb\n1\tx\n'],
    ['bars', 'a|b\n1|x'],
    ['CRLF', 'a,b\r\n1,x\r\n\r\n'],
    ['a byte order mark', '\ufeffa,b\n1,x\n'],
    ['quotes around all', '"a","b"\n"1","x"\n'],
    ['gzip', gzipSync('a,b\n1,x\n')],
  ])('with %s', async (_, text) => {
    expect(await rows(text)).toEqual({ rows: [{ a: '1', b: 'x' }], damage: [] });
  });

  test('can have separators, quotes and line breaks in quotes, and empty cells', async () => {
    const found = await rows('id;text\n1;"a;b ""c""\nd"\n2;\n');
    expect(found.rows).toEqual([
      { id: '1', text: 'a;b "c"\nd' },
      { id: '2', text: undefined },
    ]);
  });

  test('can have a quote inside an unquoted value', async () => {
    expect((await rows('id,size\n1,5" wide\n')).rows).toEqual([{ id: '1', size: '5" wide' }]);
  });

  test('a column without a name is named as not read if it has values', async () => {
    const { fields, omitted } = await inferred('id,,b\n1,7,x\n2,,y\n');
    expect(fields.map(({ name }) => name)).toEqual(['id', 'b']);
    expect(omitted).toEqual([{ name: '', why: 'a name that is empty or has blanks at its ends' }]);
    expect((await inferred('id,b,\n1,x,\n')).omitted).toEqual([]);
  });

  test.each(['sep=;\nid;name\n1;a\n', '\ufeffSEP=;\r\nid;name\r\n1;a\r\n'])(
    'can begin with the separator, as Excel writes it: %j',
    async (text) => {
      expect(await rows(text)).toEqual({ rows: [{ id: '1', name: 'a' }], damage: [] });
      const { damage } = await rows(text.replace('1;a', '1'));
      expect(damage[0]?.place).toBe('The standard input, line 3');
    },
  );

  test('is marked for a check if its header looks like values', async () => {
    const { fields } = await inferred('1,foo,2026-01-01,2025\n2,bar,2026-01-02,7\n');
    const doubt = 'its name is a number or a day: perhaps the file has no header';
    expect(fields.map(({ guess }) => guess.doubts.includes(doubt))).toEqual([true, false, true, false]);
  });

  test('numbers and flags are inferred from cells', async () => {
    const found = await inferred('id,price,is_new\n1,2.50,1\n2,3.00,0\n3,4.10,1\n');
    expect(found.fields.map(({ guess }) => guess.code)).toEqual([
      'wholeNumber(0, INT_MAX)',
      'decimal(12, 2)',
      'flag',
    ]);
  });

  test('a row with a wrong number of columns is reported with its line, also after a multi-line row', async () => {
    const { rows: found, damage } = await rows('a,b\n1,"x\ny"\n2\n3,z\n');
    expect(found).toHaveLength(2);
    expect(damage).toEqual([
      { place: 'The standard input, line 4', problem: 'a row of length 1 under a header of length 2' },
    ]);
  });

  test.each([
    [
      'a quote that is never closed',
      'a,b\n1,x\n2,"y\n',
      'line 3 is not CSV (a quote is opened and never closed)',
    ],
    ['no header', '1,2026-01-01\n2,2026-01-02\n', 'line 1 is not a header: put the column names'],
    ['a repeated name', 'a,b,a\n1,2,3\n', 'line 1 names two columns "a": rename one of them'],
    ['other encodings', Buffer.from('a,b\n1,\xfc\n', 'latin1'), "line 2 isn't UTF-8: save the file as UTF-8"],
  ])('with %s is an error with the line', async (_, text, sentence) => {
    await expect(read(text)).rejects.toThrow(sentence);
  });
});

describe('JSON', () => {
  const ids = async (text: string | Buffer) => {
    const { profile, damage } = await read(text);
    return { ids: profile.kept.map(({ values }) => values.get('id')?.text), damage };
  };

  test.each([
    ['lines', '{"id":1}\n{"id":2}'],
    ['lines with an array of one object', '[{"id":1}]\n[{"id":2}]'],
    ['lines after a byte order mark', '\ufeff{"id":1}\r\n\r\n{"id":2}\r\n'],
    ['an array', '[{"id":1},{"id":2}]'],
    ['an array over several lines', '[\n  {\n    "id": 1\n  },\n  {"id": 2}\n]\n'],
    ['objects over several lines', '{\n"id": 1\n}\n{\n"id": 2}'],
    ['gzip', gzipSync('{"id":1}\n{"id":2}\n')],
  ])('can be %s', async (_, text) => {
    expect(await ids(text)).toEqual({ ids: ['1', '2'], damage: [] });
  });

  test('damaged lines are skipped and reported with the reason', async () => {
    const { ids: found, damage } = await ids(
      Buffer.concat([
        Buffer.from('{"id":1}\n{"id":\n[1,2]\n7\n'),
        Buffer.from([0xff, 0x0a]),
        Buffer.from('{"id":2}'),
      ]),
    );
    expect(found).toEqual(['1', '2']);
    expect(damage.map(({ place }) => place)).toEqual(
      [2, 3, 4, 5].map((line) => `The standard input, line ${line}`),
    );
    expect(damage.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(/^not JSON \(/),
      'JSON, but not an object',
      'JSON, but not an object',
      'not UTF-8',
    ]);
  });

  test('a truncated array is an error with the line', async () => {
    await expect(read('[{"id":1},\n{"id":')).rejects.toThrow(
      'line 2 ends inside the object that begins in line 2',
    );
    await expect(read('[{"id":1}\n')).rejects.toThrow('ends inside the array');
    await expect(read('[{"id":1}\n oops]')).rejects.toThrow('line 2 contains "o", expected an object');
  });

  test('numbers are read with all digits, and the last of two fields with the same name counts', async () => {
    const { profile } = await read(
      '{"id":1,"n":9007199254740993,"n":0.10000000000000000001,"o":{"x": 1.50}}',
    );
    expect([...(profile.kept[0]?.values.values() ?? [])].map((value) => value?.text)).toEqual([
      '1',
      '0.10000000000000000001',
      '{"x":1.50}',
    ]);
  });

  test('a record with too many nested levels is skipped and reported', async () => {
    const deep = `{"id":1,"o":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await ids(`{"id":0}\n${deep}\n`)).damage[0]?.problem).toContain('nested too deeply');
  });
});
