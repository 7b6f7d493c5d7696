/** The whole referee: accounting, comparison of rows, readers, the generated bad records, and the real records. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Arrivals, byDataset, DATASETS, fromBucket, fromJsonLines } from '../referee/arrivals.ts';
import { clean } from '../referee/clean.ts';
import { compareRows } from '../referee/compare.ts';
import { arrivalsOf, type Files, mischief, writeFiles } from '../referee/mischief.ts';
import { BAD_KEYS, BAD_LINES } from '../referee/nasty.ts';
import { referee } from '../referee/referee.ts';

const none = { pin: [], geo: [] };
const at = (position: string, record: string) => ({ position, record });

describe('accounting', () => {
  it('keeps the whole record with the latest position, and accounts for every record', async () => {
    const { clean, rejected, counts } = await referee({
      ...none,
      user: [
        at('05', '{"ind": 1, "age": 30}'),
        at('01', '{"ind": 1, "first_name": "Ann", "age": 200}'),
        at('03', 'not JSON'),
        at('02', '{"ind": "1.0", "first_name": "Ann", "age": 20}'),
        at('04', 'not JSON'),
        at('06', ''),
        at('05', '{"ind": 1, "age": 30}'),
      ],
    });
    expect(clean.user).toEqual([{ ind: 1, user_name: null, age: 30, date_joined: null, _position: '05' }]);
    expect(rejected.user).toEqual([
      { record: '{"ind": 1, "first_name": "Ann", "age": 200}', kept: true, position: '01' },
      { record: 'not JSON', kept: false, position: '03' },
    ]);
    expect(counts.user).toEqual({
      raw: 5,
      clean: 1,
      superseded: 2,
      rejected: 1,
      rejectedRepeats: 1,
      kept: 1,
    });
  });

  it('rejects two different records at one position', async () => {
    const user = [at('1', '{"ind": 1, "age": 1}'), at('1', '{"ind": 1, "age": 2}')];
    await expect(referee({ ...none, user })).rejects.toThrow('position 1');
  });

  it('reads bytes that are not UTF-8 as U+FFFD and sorts positions by their bytes', async () => {
    const bytes = Buffer.from('{"ind": 1, "first_name": "J\u00fcrgen"}', 'latin1');
    const astral = '\u{10000}';
    const privateUse = '\uf8ff';
    const { clean } = await referee({
      ...none,
      user: [
        { position: astral, record: bytes },
        { position: privateUse, record: '{"ind": 1, "age": 3}' },
      ],
    });
    expect(clean.user[0]).toMatchObject({ user_name: 'J\ufffdrgen', _position: astral });
  });
});

describe('compareRows', () => {
  const row = { ind: 1, title: 'a', coordinates: [1, -0] };

  it('ignores the order of rows and columns', () => {
    expect(
      compareRows([{ ind: 2 }, row], [{ coordinates: [1, 0], title: 'a', ind: 1 }, { ind: 2 }]),
    ).toBeUndefined();
    expect(
      compareRows([{ n: 5n }, { n: 2n ** 63n }], [{ n: 5 }, { n: '9223372036854775808' }]),
    ).toBeUndefined();
  });

  it('names the columns in which the most similar rows differ', () => {
    expect(
      compareRows(
        [
          { ind: 2, title: 'x' },
          { ...row, title: 'b' },
        ],
        [{ ind: 2, title: 'x' }, row],
      ),
    ).toContain('differs in title:\n  expected (1, "a", [1,0])\n  got      (1, "b", [1,0])');
  });

  it('reports an additional row, a missing row, and a number that became text', () => {
    expect(compareRows([row, row], [row])).toContain('Unexpected: (1, "a"');
    expect(compareRows([], [row])).toContain('Missing: (1, "a"');
    expect(compareRows([{ ind: '1' }], [{ ind: 1 }])).toContain('expected (1)\n  got      ("1")');
  });

  it('compares only the given columns', () => {
    expect(compareRows([{ ...row, _position: 'x' }], [row], ['ind', 'title'])).toBeUndefined();
  });
});

describe('readers', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'referee-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a bucket by modification time, path and line', async () => {
    const write = (name: string, seconds: number, text: string) => {
      const [topic, partition] = name.split('+');
      const path = join(folder, 'topics', topic ?? '', `partition=${partition}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, name), text);
      utimesSync(join(path, name), seconds, seconds);
    };
    write('p1.user+1+0000000000.json', 2000, '{"ind": 1, "age": 3}\r\n\r\n{"ind": 2, "age": 4}');
    write(
      'p1.user+0+0000000000.json',
      3000,
      '{"ind": 1, "age": 5}\n{"ind": 3, "age": 1}\n{"ind": 3, "age": 2}\n',
    );
    write('p1.geo+0+0000000000.json', 1000, 'not JSON\n');
    const { clean, counts } = await referee(fromBucket(folder, 'p1'));
    expect(clean.user.map(({ ind, age, _position }) => [ind, age, _position])).toEqual([
      [1, 5, '000000003000000 partition=0/p1.user+0+0000000000.json 0000000000'],
      [2, 4, '000000002000000 partition=1/p1.user+1+0000000000.json 0000000002'],
      [3, 2, '000000003000000 partition=0/p1.user+0+0000000000.json 0000000002'],
    ]);
    expect([counts.pin.raw, counts.geo.rejected, counts.user.raw]).toEqual([0, 1, 5]);
  });

  it('reads the files that mischief writes', () => {
    const files = mischief({ seed: 1 });
    writeFiles(files, folder);
    const texts = (arrivals: Arrivals) =>
      DATASETS.map((dataset) => arrivals[dataset].map(({ record, position }) => `${position} ${record}`));
    expect(texts(fromJsonLines(folder))).toEqual(texts(arrivalsOf(files)));
  });
});

describe('mischief', () => {
  it('generates the same bytes from the same seed', () => {
    const same = (a: Files, b: Files) => DATASETS.every((dataset) => a[dataset].equals(b[dataset]));
    expect(same(mischief({ seed: 1 }), mischief({ seed: 1 }))).toBe(true);
    expect(same(mischief({ seed: 1 }), mischief({ seed: 2 }))).toBe(false);
  });

  it.each([1, 2, 3])('has ties, versions and bad records (seed %i), and its counts add up', async (seed) => {
    const files = mischief({ seed });
    const { answers, counts, clean, rejected } = await referee(arrivalsOf(files));
    for (const [name, group] of [
      ['top_category_by_country', 'country'],
      ['top_category_by_year', 'post_year'],
      ['top_category_by_age_group', 'age_group'],
      ['top_poster_by_country', 'country'],
    ] as const) {
      const groups = answers[name].map((row) => row[group]);
      expect(groups.length, name).toBeGreaterThan(new Set(groups).size);
    }
    for (const rows of Object.values(answers)) expect(rows.length).toBeGreaterThan(1);
    for (const dataset of DATASETS) {
      const { raw, superseded, rejectedRepeats, kept, ...count } = counts[dataset];
      const arrived = files[dataset].toString('latin1').split(/\r?\n/);
      expect(raw).toBe(arrived.filter((line) => line !== '').length);
      expect(raw).toBe(count.clean + superseded + count.rejected + rejectedRepeats);
      expect(Math.min(superseded, rejectedRepeats, kept, count.rejected)).toBeGreaterThan(20);
      expect(new Set(clean[dataset].map(({ ind }) => ind)).size).toBe(count.clean);
      expect(rejected[dataset].length).toBe(count.rejected + kept);
    }
  });

  it.each(DATASETS)('has only bad lines and bad keys that dataset %s must reject', (dataset) => {
    const key = dataset === 'pin' ? 'index' : 'ind';
    const own = '"title": "x", "country": "x", "age": 20';
    expect(clean(dataset, `{"${key}": 1, ${own}}`)).toBeDefined();
    const keys = BAD_KEYS.map((bad) => (typeof bad === 'string' ? JSON.stringify(bad) : bad.json));
    const lines = BAD_LINES.map((line) => line(`{"${key}": 1, ${own}}`, key));
    for (const line of [...lines, ...keys.map((bad) => `{"${key}": ${bad}, ${own}}`)]) {
      expect(clean(dataset, line), line).toBeUndefined();
    }
  });

  it('gives the same verdict if arrivals are repeated and in another order', async () => {
    const arrivals = arrivalsOf(mischief({ seed: 4, posts: 30 }));
    const retold: Arrivals = byDataset((dataset) => [...arrivals[dataset], ...arrivals[dataset]].reverse());
    const [first, second] = [await referee(arrivals), await referee(retold)];
    expect(second.counts).toEqual(first.counts);
    for (const dataset of DATASETS) {
      expect(compareRows(second.clean[dataset], first.clean[dataset])).toBeUndefined();
      expect(second.rejected[dataset]).toEqual(first.rejected[dataset]);
    }
    for (const [name, rows] of Object.entries(first.answers)) {
      expect(compareRows(second.answers[name as keyof typeof second.answers], rows), name).toBeUndefined();
    }
  });
});

const REAL = '../shared/data/pinterest';

describe(`the real records${existsSync(REAL) ? '' : ` (skipped: ${REAL} does not exist)`}`, () => {
  it.skipIf(!existsSync(REAL))('are all clean and have 5,307 people', async () => {
    const { counts, answers } = await referee(fromJsonLines(REAL));
    const all = (raw: number) => ({
      raw,
      clean: raw,
      superseded: 0,
      rejected: 0,
      rejectedRepeats: 0,
      kept: 0,
    });
    expect(counts).toEqual({ pin: all(318), geo: all(11_154), user: all(11_154) });
    const rows = Object.fromEntries(Object.entries(answers).map(([name, { length }]) => [name, length]));
    expect(rows).toEqual({
      top_category_by_country: 200,
      top_category_by_year: 10,
      top_poster_by_country: 147,
      top_category_by_age_group: 6,
      median_followers_by_age_group: 4,
      users_joined_by_year: 3,
      median_followers_by_join_year: 3,
      median_followers_by_join_year_and_age_group: 12,
    });
    const people = answers.users_joined_by_year.map(({ users_joined }) => Number(users_joined));
    expect(people.reduce((sum, joined) => sum + joined, 0)).toBe(5_307);
  });
});
