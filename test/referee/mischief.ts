/** Generates test records from a seed: every value and line of `nasty.ts`, mixed with good posts in random order. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomOf } from '../../src/posts/random.ts';
import {
  type Arrivals,
  type ByDataset,
  byDataset,
  DATASETS,
  type DatasetName,
  fromText,
} from './arrivals.ts';
import { BAD_KEYS, BAD_LINES, VALUES, type Written } from './nasty.ts';

export interface MischiefOptions {
  readonly seed: number;
  /** Number of good posts, in addition to one post for each nasty value. */
  readonly posts?: number;
}

/** The contents of `pin.jsonl`, `geo.jsonl` and `user.jsonl`. */
export type Files = ByDataset<Buffer>;

type Random = (below: number) => number;
type RecordFields = Record<string, Written>;
type Post = ByDataset<RecordFields>;

const KEY: ByDataset<string> = { pin: 'index', geo: 'ind', user: 'ind' };

/** Returns a set of files; the same options give the same bytes. */
export function mischief({ seed, posts = 100 }: MischiefOptions): Files {
  const next = randomOf(seed);
  const random: Random = (below) => Math.floor(next() * below);
  const made = [
    ...Array.from({ length: posts }, () => goodPost(random)),
    ...nastyPosts(random, VALUES),
    { ...goodPost(random), pin: { ...goodPost(random).pin, description: '🎄 '.repeat(33_333) } }, // 100,000 characters
  ];
  const ties = tiedPosts(random);
  return byDataset((dataset) => {
    const lines: Buffer[] = [];
    const add = (line: string | Buffer) => lines.push(Buffer.from(line));
    made.forEach((post, ind) => {
      if (ind < posts && random(10) === 0) return; // this post has no record in this dataset
      add(written(random, dataset, ind, post[dataset]));
      if (random(4) === 0) add(lines.at(-1) ?? '');
      if (random(4) === 0) add(written(random, dataset, ind, laterVersion(random, post[dataset], dataset)));
    });
    ties.forEach((post, n) => {
      for (let times = random(3); times >= 0; times--)
        add(written(random, dataset, made.length + n, post[dataset]));
    });
    for (const line of badLines(random, dataset)) {
      for (let times = random(3); times >= 0; times--) add(line);
    }
    for (let times = 3; times > 0; times--) add('');
    return Buffer.concat(shuffled(random, lines).flatMap((line) => [line, lineEnd(random)]));
  });
}

export function arrivalsOf(files: Files): Arrivals {
  return byDataset((dataset) => fromText(files[dataset]));
}

/** Writes `pin.jsonl`, `geo.jsonl` and `user.jsonl`. */
export function writeFiles(files: Files, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const dataset of DATASETS) writeFileSync(join(folder, `${dataset}.jsonl`), files[dataset]);
}

const COUNTRIES = ['Austria', "Cote d'Ivoire", 'Gambia', 'Ёлкино', ' Gambia '];
const CATEGORIES = ['art', 'quotes', 'travel', 'vehicles', '\u00a0art'];
const POSTERS = ['Ann', 'ann', ' Ann\t', 'Björn', 'Cleo 🎄', 'User Info Error'];
const COUNTS = ['7', '12', '5k', '5000', '5.0k', '46k', '2M', '1.5b', 'User Info Error'];

/** Returns a good post. Most fields have few different values, so groups are large and the highest counts are close. */
function goodPost(random: Random): Post {
  return {
    pin: {
      unique_id: `id-${random(1e9)}`,
      title: 'A title',
      description: 'A description\u00a0',
      poster_name: pick(random, POSTERS),
      follower_count: pick(random, COUNTS),
      tag_list: 'one,two',
      is_image_or_video: 'image',
      image_src: 'https://images.test/1.jpg',
      downloaded: { json: '1' },
      save_location: 'Local save in /data/art',
      category: pick(random, CATEGORIES),
    },
    geo: {
      timestamp: moment(random, 2017 + random(4)),
      latitude: { json: String(random(180) - 89.5) },
      longitude: { json: String(random(360) - 179.5) },
      country: pick(random, COUNTRIES),
    },
    user: {
      first_name: pick(random, ['Ann', 'Bo']),
      last_name: pick(random, ['Li', ' Li', 'Ström']),
      age: number(random, 18 + random(50)),
      date_joined: moment(random, 2015 + random(3)),
    },
  };
}

/** Returns one post for each value: a good post that has this value in its field. */
function nastyPosts(random: Random, values: ByDataset<Record<string, Written[]>>): Post[] {
  return DATASETS.flatMap((dataset) =>
    Object.entries(values[dataset]).flatMap(([field, list]) =>
      list.map((value) => {
        const post = goodPost(random);
        return { ...post, [dataset]: { ...post[dataset], [field]: value } };
      }),
    ),
  );
}

const TIED_POSTS = 48;

/** Returns posts of one country, year and age group, in which two categories and two posters tie for first place, far ahead. */
function tiedPosts(random: Random): Post[] {
  return Array.from({ length: TIED_POSTS }, (_, n) => {
    const post = goodPost(random);
    return {
      pin: {
        ...post.pin,
        category: n % 2 ? 'tie-a' : 'tie-b',
        poster_name: n % 4 < 2 ? 'Tie A' : 'Tie B',
        follower_count: n < 4 ? '2b' : '3',
      },
      geo: { ...post.geo, country: 'Tieland', timestamp: moment(random, 1999) },
      user: { ...post.user, age: number(random, 12), date_joined: moment(random, 1998) },
    };
  });
}

/** Returns a later version of a record: other values, missing fields, null fields, and at least one good value. */
function laterVersion(random: Random, fields: RecordFields, dataset: DatasetName): RecordFields {
  const good = Object.entries(goodPost(random)[dataset]);
  const later = good.flatMap(([name, other]): [string, Written][] => {
    const choices: Written[] = [fields[name] ?? other, other, { json: 'null' }];
    const choice = choices[random(4)];
    return choice === undefined ? [] : [[name, choice]];
  });
  const [name, other] = pick(
    random,
    good.filter(([name]) => name !== 'downloaded'),
  );
  return { ...Object.fromEntries(later), [name]: other };
}

function written(random: Random, dataset: DatasetName, ind: number, fields: RecordFields): string {
  const members: [string, Written][] = [[KEY[dataset], number(random, ind)], ...Object.entries(fields)];
  if (random(6) === 0) members.push(['unknown', { json: '{"index": -1, "ind": [-1], "age": "x"}' }]);
  if (random(6) === 0) members.reverse();
  const record = object(members);
  return pick(random, [
    record,
    record,
    record,
    `[${record}]`,
    ` [ ${record} ]\t`,
    escaped(record),
    `\t${record} `,
  ]);
}

function object(members: [string, Written][]): string {
  const json = (value: Written) => (typeof value === 'string' ? JSON.stringify(value) : value.json);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${json(value)}`).join(', ')}}`;
}

/** Returns the same record with escapes in the names of its key and of another field. */
function escaped(record: string): string {
  return record
    .replace('"ind', '"\\u0069nd')
    .replace('"country"', '"\\u0063ountry"')
    .replace('"age"', '"a\\u0067e"');
}

function badLines(random: Random, dataset: DatasetName): (string | Buffer)[] {
  const good = goodPost(random);
  const ind = random(50);
  const key = KEY[dataset];
  const record = object([[key, { json: String(ind) }], ...Object.entries(good[dataset])]);
  const others = DATASETS.filter((other) => other !== dataset);
  return [
    ...BAD_LINES.map((line) => line(record, key)),
    ...BAD_KEYS.map((bad) => object([[key, bad], ...Object.entries(good[dataset])])),
    object(Object.entries(good[dataset])),
    `\ufeff${record}`, // a good record after a byte order mark
    // Records of the other datasets, with their own key and with this dataset's key.
    // If these records were accepted, they would replace a good row.
    ...others.flatMap((other) =>
      [KEY[other], key].map((name) =>
        object([[name, { json: String(ind) }], ...Object.entries(good[other])]),
      ),
    ),
    // Bytes that are not UTF-8: in a value, in place of a record, and in a field's name, which makes the field unknown.
    Buffer.from(object([[key, { json: String(ind) }], ...text(dataset, 'M\u00fcnchen')]), 'latin1'),
    Buffer.from([0xff, 0xfe, 0x00]),
    Buffer.from(`{"${key}": ${ind}, "\u00fc": 1}`, 'latin1'),
  ];
}

function text(dataset: DatasetName, value: string): [string, Written][] {
  return [[{ pin: 'title', geo: 'country', user: 'last_name' }[dataset], value]];
}

function number(random: Random, n: number): Written {
  const plain = String(n);
  return pick<Written>(random, [
    { json: plain },
    { json: plain },
    { json: `${plain}.0` },
    plain,
    `${plain}.0`,
    ` ${plain}\u00a0`,
  ]);
}

function moment(random: Random, year: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const [month, day] = [two(1 + random(12)), two(1 + random(28))];
  const time = pick(random, [
    '00:00:00',
    '23:59:59',
    `${two(random(24))}:${two(random(60))}:${two(random(60))}`,
  ]);
  return pick(random, [
    `${year}-${month}-${day} ${time}`,
    `${year}-${month}-${day}T${time}`,
    `${year}:${month}:${day} ${time}`,
  ]);
}

function lineEnd(random: Random): Buffer {
  return Buffer.from(random(10) === 0 ? '\r\n' : '\n');
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: random(2 ** 32) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
