/** The referee's answers, each compared with rows calculated by hand. */
import { expect, it } from 'vitest';
import { answer } from '../referee/answers.ts';
import type { Row } from '../referee/clean.ts';
import { compareRows } from '../referee/compare.ts';

/** `ind, category, poster, followers | country, time | name, age, joined`; `-` is a record that has not arrived. */
const POSTS = [
  '0 art    Ann  10 | Austria 2018-12-31 23:59:59 | Bo   17 2015-12-31 23:59:59',
  '1 art    Ann  30 | Austria 2019-01-01 00:00:00 | Bo   17 2015-12-31 23:59:59',
  '2 quotes Bo   30 | Austria 2019-05-05 10:00:00 | Cy   18 2016-01-01 00:00:00',
  '3 quotes null 99 | Austria 2019-05-05 10:00:00 | Cy   25 2016-01-01 00:00:00',
  '4 travel Cleo 5  | Gambia  2019-05-05 10:00:00 | null 51 2016-06-01 00:00:00',
  '5 null   Dora 9223372036854775807 | Gambia 2019-05-05 10:00:00 | null 51 2016-06-01 00:00:00',
  '6 travel Eve  null | null  2019-05-05 10:00:00 | Cy   null 2016-01-01 00:00:00',
  '7 travel Eve  7  | Peru    null                | Cy   36 null',
  '8 vehicles Fay 8 | -                           | -',
  '-                | -                           | Gil  30 2017-01-01 00:00:00',
];

function tables() {
  const clean: Record<'pin' | 'geo' | 'user', Row[]> = { pin: [], geo: [], user: [] };
  const value = (text: string | undefined) => (text === undefined || text === 'null' ? null : text);
  const number = (text: string | undefined) => {
    const plain = value(text);
    return plain === null || !Number.isSafeInteger(Number(plain)) ? plain : Number(plain);
  };
  POSTS.forEach((post, ind) => {
    const [pin = [], geo = [], user = []] = post.split('|').map((part) => part.trim().split(/ +/));
    const time = (day: string | undefined, hour: string | undefined) =>
      value(day) ? `${day} ${hour}` : null;
    if (pin.length > 1) {
      clean.pin.push({
        ind,
        category: value(pin[1]),
        poster_name: value(pin[2]),
        follower_count: number(pin[3]),
      });
    }
    if (geo.length > 1) clean.geo.push({ ind, country: value(geo[0]), timestamp: time(geo[1], geo[2]) });
    if (user.length > 1) {
      clean.user.push({
        ind,
        user_name: value(user[0]),
        age: number(user[1]),
        date_joined: time(user[2], user[3]),
      });
    }
  });
  return clean;
}

const EXPECTED: Record<string, [columns: string, ...rows: (string | number)[][]]> = {
  top_category_by_country: [
    'country category category_count',
    ['Austria', 'art', 2],
    ['Austria', 'quotes', 2],
    ['Gambia', 'travel', 1],
    ['Peru', 'travel', 1],
  ],
  top_category_by_year: [
    'post_year category category_count',
    [2018, 'art', 1],
    [2019, 'quotes', 2],
    [2019, 'travel', 2],
  ],
  top_poster_by_country: [
    'country poster_name follower_count',
    ['Austria', 'Ann', 30],
    ['Austria', 'Bo', 30],
    ['Gambia', 'Dora', '9223372036854775807'],
    ['Peru', 'Eve', 7],
  ],
  top_category_by_age_group: [
    'age_group category category_count',
    ['under 18', 'art', 2],
    ['18-24', 'quotes', 1],
    ['25-35', 'quotes', 1],
    ['36-50', 'travel', 1],
    ['+50', 'travel', 1],
  ],
  median_followers_by_age_group: [
    'age_group median_follower_count',
    ['under 18', 20],
    ['18-24', 30],
    ['25-35', 99],
    ['36-50', 7],
    ['+50', 2 ** 62],
  ],
  // Cy counts as three people (18, 25 and unknown age); the person without a name counts as one.
  users_joined_by_year: ['join_year users_joined', [2015, 1], [2016, 4], [2017, 1]],
  // The follower counts of 2016 are 5, 30, 99 and 9223372036854775807, so the median is between 30 and 99.
  median_followers_by_join_year: ['join_year median_follower_count', [2015, 20], [2016, 64.5]],
  median_followers_by_join_year_and_age_group: [
    'join_year age_group median_follower_count',
    [2015, 'under 18', 20],
    [2016, '18-24', 30],
    [2016, '25-35', 99],
    [2016, '+50', 2 ** 62],
  ],
};

it('calculates the eight answers', async () => {
  const answers = await answer(tables());
  expect(Object.keys(answers)).toEqual(Object.keys(EXPECTED));
  for (const [name, [columns, ...rows]] of Object.entries(EXPECTED)) {
    const names = columns.split(' ');
    const expected = rows.map((row) => Object.fromEntries(names.map((column, n) => [column, row[n]])));
    const actual = answers[name as keyof typeof answers];
    expect(compareRows(actual, expected), name).toBeUndefined();
    expect(Object.keys(actual[0] ?? {}), name).toEqual(names);
  }
});

it('groups texts by their bytes, including U+0000 and emoji', async () => {
  const texts = ['a', 'A', 'a ', 'a\0', 'a\0b', 'é', 'e\u0301', '🎄'];
  const pin = texts.map((category, ind) => ({ ind, category }));
  const geo = texts.map((_, ind) => ({ ind, country: 'x' }));
  const { top_category_by_country: rows } = await answer({ pin, geo, user: [] });
  const expected = texts.map((category) => ({ country: 'x', category, category_count: 1 }));
  expect(compareRows(rows, expected)).toBeUndefined();
});
