/** Values and lines that could break a pipeline. `mischief` mixes them with good records. */
import type { ByDataset } from './arrivals.ts';

/** A value of a JSON field: a string, or any other value as its JSON. */
export type Written = string | { readonly json: string };

const json = (...written: string[]): Written[] => written.map((text) => ({ json: text }));

/** Values that make no sense in any field. Every field is tested with them. */
const ANYWHERE: Written[] = ['', ' \u00a0\t\r\n ', ...json('null', 'true', '{}', '[]')];

const TEXT: Written[] = [
  ...ANYWHERE,
  ' edge blanks ',
  '\u00a0edge U+00A0\u00a0',
  '\tedge tab\r\n',
  '\u2003kept blank\u2003',
  'U+0000 \u0000 inside',
  '\u0000at the edges\u0000',
  '\u0001\u001f',
  'a "quote", a \\, a / and a \'',
  '🎄 emoji 👩‍👩‍👧 Ёлка ‮',
  'null',
  'NULL',
  'User Info',
  'user info error',
  '$5 & {{braces}} #{hash} $1 \\1',
  'line\nbreak\r\nin\u2028side',
  ...json(
    '7',
    '12.0',
    '1e3',
    '1.50',
    'false',
    '["a","b"]',
    '{"a":{"b":[1,null]}}',
    '{"a": [1.50, "\\u0041"], "b" :1e3}',
    '[ -0 ,2.0, "3.0: [4]"]',
    '-0',
    '"\\u0041\\/\\ud83c\\udf84"',
  ),
];

const TIMESTAMPS: Written[] = [
  ...ANYWHERE,
  '2019-06-03 06:29:14',
  '2019-06-03T06:29:14',
  '2019:06:03 06:29:14',
  ' \u00a02019-06-03 06:29:14\r\n',
  '2018-12-31 23:59:59',
  '2019-01-01T00:00:00',
  '2019-03-31 02:30:00', // doesn't exist in Berlin
  '2019-10-27 02:30:00', // exists twice in Berlin
  '2000-02-29 12:00:00',
  '1969-12-31 23:59:59',
  '1582-10-10 00:00:00', // one of the ten days omitted when the Gregorian calendar began
  '1883-11-18 12:00:00', // end of local mean time in the USA
  '1677-09-21 00:00:00', // before the first time in 64-bit nanoseconds
  '2262-04-12 00:00:00', // after the last time in 64-bit nanoseconds
  '0001-01-01 00:00:00',
  '9999-12-31 23:59:59',
  '2019-02-30 06:29:14',
  '2019-02-29T06:29:14',
  '1900-02-29 06:29:14',
  '2019-04-31 06:29:14',
  '2019-13-01 06:29:14',
  '2019-00-10 06:29:14',
  '2019-01-00 06:29:14',
  '2019-06-03 24:00:00',
  '2019-06-03 06:60:14',
  '2019-06-03 23:59:60',
  '2019-06-03',
  '06:29:14',
  '2019-06-03 06:29',
  '2019-06-03 06:29:14.000',
  '2019-06-03T06:29:14Z',
  '2019-06-03T06:29:14+00:00',
  '2019-06-03 06:29:14 UTC',
  '2019:06:03T06:29:14',
  '2019/06/03 06:29:14',
  '2019-6-3 6:29:14',
  '2019-06-03  06:29:14',
  '2019-06-03t06:29:14',
  '12019-06-03 06:29:14',
  '-2019-06-03 06:29:14',
  '+2019-06-03 06:29:14',
  '19-06-03 06:29:14',
  '２０１９-06-03 06:29:14',
  '03-06-2019 06:29:14',
  'now',
  'epoch',
  ...json('1559543354', '"2019-06-03\\u002006:29:14"'),
];

const degrees = (most: number): Written[] => [
  ...ANYWHERE,
  String(most),
  String(-most),
  `${most}.0000001`,
  `-${most}.5`,
  ' 12.5 ',
  'NaN',
  'Infinity',
  '-Infinity',
  '12.5d',
  '12.5f',
  '12,5',
  '12.5.1',
  "12°30'",
  '0x10',
  ...json('0', '-0.0', '1.25e1', '1E-7', '12', '-0.1', '0.30000000000000004', '1e400', '1000'),
];

/** Values by field for which the cleaning rules define the result. */
export const VALUES: ByDataset<Record<string, Written[]>> = {
  pin: {
    unique_id: TEXT,
    title: [...TEXT, 'No Title Data Available', '\u00a0No Title Data Available ', 'no title data available'],
    description: [
      ...TEXT,
      'No description available Story format',
      'No description available Story format\u00a0',
      ' No description available\n',
      'Untitled',
      'No description available yet',
      'No Title Data Available',
    ],
    poster_name: [...TEXT, 'User Info Error', '\tUser Info Error\u00a0'],
    follower_count: [
      ...ANYWHERE,
      'User Info Error',
      ' User Info Error\u00a0',
      '2.01k',
      '2.01K',
      '15M',
      '1.5b',
      '1.5B',
      '3m',
      '0',
      '0.0',
      '00012',
      '\u00a07\t',
      '0.9999999999k',
      '0.9999999999',
      '1.00049999999999999999999999999999999999999999999k',
      '4.35M', // 4349999.999… in binary
      '9007199254740993',
      '9223372036854775807',
      '9223372036854775807.9',
      '9223372036854775808',
      '9223372036.854775807B',
      '9223372036.854775808B',
      '99999999999999999999B',
      '-5',
      '+5',
      '5 k',
      '5kk',
      '5t',
      '.5k',
      '5.k',
      '5.',
      '1,234',
      '1e3',
      'k',
      '٣k',
      'NaN',
      ...json('7', '12.0', '12.7', '1e3', '-5', '[5]', '9223372036854775807'),
    ],
    tag_list: [
      ...TEXT,
      'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e',
      ' N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e\u00a0',
      'No Tags Available',
    ],
    is_image_or_video: [...TEXT, 'multi-video(story page format)'],
    image_src: [...TEXT, 'Image src error.', '\nImage src error. ', 'Image src error'],
    downloaded: [...ANYWHERE, 'nonsense', ...json('0', '2.5')],
    save_location: [
      ...ANYWHERE,
      'Local save in /data/travel',
      '/data/travel',
      ' Local save in /data/diy-and-crafts\u00a0',
      '/data/a/b c',
      '/data//x',
      'Local save in /data/line\nbreak',
      'Local save in',
      'Local save in /etc/passwd',
      'Local save in Local save in /data/x',
      'data/travel',
      '/Data/travel',
      'nonsense',
      'see /data/travel',
      'C:\\data\\travel',
      ...json('7'),
    ],
    category: TEXT,
  },
  geo: {
    timestamp: TIMESTAMPS,
    latitude: degrees(90),
    longitude: degrees(180),
    country: [...TEXT, "Cote d'Ivoire", 'Antarctica (the territory South of 60 deg S)'],
  },
  user: {
    first_name: TEXT,
    last_name: TEXT,
    age: [
      ...ANYWHERE,
      ...['17', '18', '24', '25', '35', '36', '50', '51', '120', '0'],
      ...[
        '121',
        '-1',
        '20.5',
        '200',
        '2147483648',
        '99999999999999999999',
        'forty',
        '4O',
        '2e1',
        'NaN',
        '20 years',
      ],
      ' 20\u00a0',
      '20.0',
      ...json('20', '20.0', '20.5', '121', '-1', '2e1', '[20]'),
    ],
    date_joined: TIMESTAMPS,
  },
};

/** Values whose result the cleaning rules don't define, by field. */
export const OPEN_VALUES: ByDataset<Record<string, Written[]>> = {
  pin: {
    title: json('"\\ud83c alone"'),
    follower_count: ['5k\u2028'], // Java's $ matches before a line separator at the end
    save_location: ['/data/', 'Local save in /data/', 'Local save in/data/x', 'local save in /data/x'],
  },
  geo: {
    timestamp: ['0000-01-01 00:00:00', '2019-06-03 06:29:14\u2028'],
    latitude: ['+5', '.5', '5.', '007.5', ...json('1e-400')],
  },
  user: { age: ['007', '+20', '20.00', '20.', '-0', '\u000c20\u000b', '20\u2028', ...json('-0')] },
};

/** Keys that are not the number of a post. */
export const BAD_KEYS: Written[] = [
  ...ANYWHERE,
  ...[
    '-1',
    '1.5',
    '2147483648',
    '4294967297',
    '99999999999999999999',
    'abc',
    '12abc',
    '1 2',
    '1,000',
    '1e3',
    '0x10',
  ],
  ...['１２', '12d', 'NaN'],
  ...json('-1', '1.5', '2147483648', '[1]', '1e3', '{"ind": 1}', 'false'),
];

/** Functions that turn a good record's JSON and the name of its key into a line that must be rejected. */
export const BAD_LINES: readonly ((good: string, key: string) => string)[] = [
  (good) => good.slice(0, -1),
  (good) => good.slice(0, good.length / 2),
  (good) => good.slice(1),
  (good) => `${good} garbage`,
  (good) => `${good},`,
  (good) => `{\ufeff${good.slice(1)}`,
  (good) => `{12.5 : 1, ${good.slice(1)}`,
  (good) => `{"latitude": 01.5, ${good.slice(1)}`,
  (good) => `${good}]`,
  (good) => `[${good}`,
  (good) => good + good,
  (good) => `${good} ${good}`,
  (good) => `[${good}, ${good}]`,
  (good) => `[${good},]`,
  (good) => `[[${good}]]`,
  (good) => `\u00a0${good}`,
  (good) => `// a comment\t${good}`,
  (good) => `/* a comment */ ${good}`,
  (good) => good.replace('}', ',}'),
  (good) => good.replaceAll('"', "'"),
  (good) => good.replaceAll(/"(\w+)":/g, '$1:'),
  (good) => JSON.stringify(good),
  (_, key) => `{"${key}": 1, "latitude": NaN, "age": NaN, "title": NaN}`,
  (_, key) => `{"${key}": 1, "latitude": Infinity, "age": -Infinity, "title": INF}`,
  (_, key) => `{"${key}": 1, "latitude": .5, "age": 5., "title": +5}`,
  (_, key) => `{"${key}": 007, "latitude": 1, "age": 20, "title": "x"}`,
  (_, key) =>
    `{"${key}": 1, "country": "raw \u0001 control", "first_name": "raw \u0001", "title": "raw \u0001"}`,
  (_, key) => `{"${key}": 1, "country": "raw \t tab", "first_name": "raw \t tab", "title": "raw \t tab"}`,
  (_, key) => `{"${key}": 1, "country": "\\x41", "first_name": "\\x41", "title": "\\x41"}`,
  (_, key) => `{"${key}": 1, "country": "\\u00", "first_name": "\\u00", "title": "\\u00"}`,
  (_, key) => `{"${key}": 1}`,
  (_, key) => `{"${key}": 1, "unknown": "only", "_corrupt_record": "x", "record": "x"}`,
  (_, key) => `{"ind": 1, "index": 1, "${key}": 1}`,
  ...['{}', '[]', '[null]', '[1]', '[[]]', '[{}]', '[{}, {}]', 'null', 'true', '12', '"text"', 'NaN'].map(
    (t) => () => t,
  ),
  ...[
    'ind,age',
    '<pin/>',
    "{'ind': 1}",
    '{',
    '}',
    '\u0000',
    '{"ind"}',
    '\u2028',
    'Traceback (most recent call last):',
  ].map((text) => () => text),
];

/** Functions that return lines for which the cleaning rules don't define the result. */
export const OPEN_LINES: readonly ((good: string, key: string, ind: number) => string | Buffer)[] = [
  () => ' ',
  () => ' \t \u00a0 ',
  (_, key, ind) => `{"${key}": ${ind}, "country": null, "age": null, "title": null}`,
  (_, key, ind) => `{"${key}": ${ind}, "country": "", "age": "", "downloaded": 1}`,
  (_, key, ind) =>
    `{"${key}": -1, "${key}": ${ind}, "country": "first", "country": "last", "age": 20, "age": 30, "title": 1, "title": 2}`,
  ...['"007"', '"+7"', '"7."', '"7.00"', '"12\u2028"', '-0'].map(
    (number) => (_: string, key: string) =>
      `{"${key}": ${number}, "country": "open", "age": 20, "title": "open"}`,
  ),
  // Valid JSON beyond the limits of Jackson, Spark's parser: 1,000 digits, 1,000 levels, names of 50,000 characters.
  ...['9'.repeat(1_500), `${'['.repeat(1_500)}${']'.repeat(1_500)}`, `{"${'x'.repeat(60_000)}": 1}`].map(
    (unknown) => (good: string) => good.replace(/}$/, `, "unknown": ${unknown}}`),
  ),
  (_, key, ind) =>
    Buffer.concat([
      Buffer.from(`{"${key}": ${ind}, "country": "`),
      Buffer.from([0xe2, 0x82, 0xed, 0xa0, 0x80, 0xf0, 0x9f, 0x8e, 0xc0, 0x80, 0xf5]),
      Buffer.from('", "first_name": "x", "title": "x"}'),
    ]),
];
