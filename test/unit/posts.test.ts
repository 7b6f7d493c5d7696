import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { emulatedPosts, ROUND } from '../../src/posts/emulated.ts';
import type { Post } from '../../src/posts/post.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { emulatedPost } from '../../src/project/posts.ts';

const COUNT = 11_154;

const take = (posts: Iterable<Post>, count = Number.POSITIVE_INFINITY): Post[] => {
  const taken: Post[] = [];
  for (const post of posts) {
    if (taken.length === count) break;
    taken.push(post);
  }
  return taken;
};
const read = (options: Parameters<typeof emulatedPosts>[0], count?: number): Post[] =>
  take(emulatedPosts(options).read() as Iterable<Post>, count);
const text = (post: Post): string => post.map(({ line }) => line.toString()).join('\n');
const numbers = (posts: readonly Post[]): number[] => posts.map((post) => post[0]?.at ?? -1);

describe('emulated posts of a seed', () => {
  test('are the same bytes, whatever posts come before them', () => {
    const all = read({ seed: 7, count: 100 });
    expect(read({ seed: 7, first: 50, count: 50 }).map(text)).toEqual(all.slice(50).map(text));
    expect(text(emulatedPost(7, 99))).toBe(text(all[99] as Post));
  });

  test('are the same bytes in every release, so that stored posts can be generated again', () => {
    expect(emulatedPost(7, 3).map(({ line }) => JSON.parse(line.toString()))).toMatchSnapshot();
  });

  test('differ from those of another seed', () => {
    expect(read({ seed: 8, count: 20 }).map(text)).not.toEqual(read({ seed: 7, count: 20 }).map(text));
  });
});

describe('resent posts', () => {
  test('make up the given share and follow the new posts; half of them are unchanged', () => {
    const posts = read({ seed: 7, first: 10, count: 1000, resend: 0.1 });
    const fresh = posts.slice(0, 1000);
    const again = posts.slice(1000);
    expect(numbers(fresh)).toEqual(Array.from({ length: 1000 }, (_, n) => n + 10));
    expect(again).toHaveLength(100);
    expect(new Set(numbers(again)).size).toBe(100);
    const changed = again.filter((post) => text(post) !== text(fresh[(post[0]?.at ?? 0) - 10] as Post));
    expect(changed).toHaveLength(50);
  });

  test('keep number, id and category if they are changed; each later version is different', () => {
    const pin = (post: Post) => JSON.parse(post[0]?.line.toString() ?? '');
    const [first, later] = [pin(emulatedPost(7, 5)), pin(emulatedPost(7, 5, 1000))];
    const kept = ({ index, unique_id, category }: Record<string, unknown>) => ({
      index,
      unique_id,
      category,
    });
    expect(kept(later)).toEqual(kept(first));
    expect(text(emulatedPost(7, 5, 2000))).not.toBe(text(emulatedPost(7, 5, 1000)));
  });

  test('can be posts of an earlier day', () => {
    const posts = read({ seed: 7, first: 1000, count: 1000, resend: 0.5, resendFrom: 0 });
    const again = numbers(posts.slice(1000));
    expect(again).toHaveLength(1000);
    expect(again.filter((n) => n < 1000).length).toBeGreaterThan(400);
  });

  test(`follow after every ${ROUND} new posts if the number of posts is unlimited`, () => {
    const posts = numbers(read({ seed: 7, resend: 0.01 }, ROUND + 11));
    expect(posts.slice(ROUND, ROUND + 10).every((n) => n < ROUND)).toBe(true);
    expect(posts[ROUND + 10]).toBe(ROUND);
  });
});

test.each([{ count: 300, resend: 0.5 }, { resend: 0.01 }])(
  'posts after a given post are the same as in the first run: %o',
  (options) => {
    const posts = emulatedPosts({ seed: 7, ...options });
    const whole = take(posts.read() as Iterable<Post>, ROUND + 50).map(text);
    for (const after of [0, 1, 299, 350, 449, ROUND + 3])
      expect(take(posts.read(after) as Iterable<Post>, 20).map(text)).toEqual(whole.slice(after, after + 20));
  },
);

test('post numbers end at the greatest INT', () => {
  expect(() => emulatedPosts({ seed: 1, first: 2 ** 31 - 1, count: 2 })).toThrow(
    /largest post number is 2147483647/,
  );
});

describe('emulated posts resemble the real records', () => {
  const posts = read({ seed: 7, count: COUNT });
  const records = (dataset: string): Record<string, unknown>[] =>
    posts.flatMap((post) =>
      post.filter((record) => record.dataset === dataset).map(({ line }) => JSON.parse(line.toString())),
    );
  const [pins, geos, users] = [records('pin'), records('geo'), records('user')];
  const share = (holds: (pin: Record<string, string>) => boolean): number =>
    pins.filter((pin) => holds(pin as Record<string, string>)).length / COUNT;
  const person = ({ first_name, last_name, age, date_joined }: Record<string, unknown>): string =>
    [first_name, last_name, age, date_joined].join('|');

  test.each(datasets.map((dataset) => [dataset.name, dataset] as const))(
    '%s has the fields and types that the dataset declares as sent',
    (name, { fields, key }) => {
      const sent = z.strictObject(
        Object.fromEntries(Object.entries(fields).map(([field, { sent = z.unknown() }]) => [field, sent])),
      );
      for (const record of records(name)) sent.parse(record);
      expect(
        posts.every((post) => post.find(({ dataset }) => dataset === name)?.key === String(post[0]?.at)),
      ).toBe(true);
      expect(records(name).map((record) => record[String(key)])).toEqual(numbers(posts));
    },
  );

  // The shares of the real pins, with a tolerance for random deviations in 11,154 posts.
  test.each<[string, (pin: Record<string, string>) => boolean, number, number]>([
    ['counts in thousands', (pin) => /^\d+k$/.test(pin.follower_count ?? ''), 0.7, 0.8],
    ['plain counts', (pin) => /^\d+$/.test(pin.follower_count ?? ''), 0.12, 0.2],
    ['counts in millions', (pin) => /^\d+M$/.test(pin.follower_count ?? ''), 0.05, 0.09],
    [
      'unknown users',
      (pin) => pin.follower_count === 'User Info Error' && pin.poster_name === 'User Info Error',
      0.005,
      0.02,
    ],
    ['images', (pin) => pin.is_image_or_video === 'image', 0.88, 0.92],
    ['stories', (pin) => pin.is_image_or_video === 'multi-video(story page format)', 0.06, 0.08],
    ['videos', (pin) => pin.is_image_or_video === 'video', 0.02, 0.04],
    [
      'stories without a description',
      (pin) => pin.description === 'No description available Story format',
      0.06,
      0.08,
    ],
    ['no description', (pin) => pin.description === 'No description available', 0.003, 0.02],
    ['untitled descriptions', (pin) => pin.description === 'Untitled', 0.003, 0.02],
    ['no title', (pin) => pin.title === 'No Title Data Available', 0.005, 0.02],
    ['no tags', (pin) => pin.tag_list === 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e', 0.01, 0.03],
    ['no picture', (pin) => pin.image_src === 'Image src error.', 0.01, 0.03],
    [
      'descriptions that end in a no-break space',
      (pin) => (pin.description ?? '').endsWith('\u00a0'),
      0.28,
      0.38,
    ],
    ['text beyond ASCII', (pin) => /[^\p{ASCII}]/u.test(JSON.stringify(pin)), 0.45, 0.6],
    ['blanks around the poster', (pin) => pin.poster_name !== pin.poster_name?.trim(), 0.02, 0.1],
  ])('the share of %s is that of the real records', (_, holds, least, most) => {
    expect(share(holds)).toBeGreaterThan(least);
    expect(share(holds)).toBeLessThan(most);
  });

  test('there are 13 categories, each with its path', () => {
    expect(new Set(pins.map(({ category }) => category)).size).toBe(13);
    expect(
      pins.every(({ category, save_location }) => save_location === `Local save in /data/${category}`),
    ).toBe(true);
  });

  test('posts without a picture, and only these, are not downloaded', () => {
    expect(
      pins.every(({ downloaded, image_src }) => (downloaded === 0) === (image_src === 'Image src error.')),
    ).toBe(true);
  });

  test('a pin has about 730 bytes', () => {
    const bytes = posts.reduce((sum, post) => sum + (post[0]?.line.length ?? 0), 0) / COUNT;
    expect(bytes).toBeGreaterThan(680);
    expect(bytes).toBeLessThan(780);
  });

  test('the posts of a poster have different follower counts', () => {
    const counts = new Map<unknown, Set<unknown>>();
    for (const { poster_name, follower_count } of pins)
      counts.set(poster_name, (counts.get(poster_name) ?? new Set()).add(follower_count));
    expect([...counts.values()].filter(({ size }) => size > 1).length).toBeGreaterThan(100);
  });

  test('there are about 5,300 people, a few of them with very many posts', () => {
    const counts = new Map<string, number>();
    for (const user of users) counts.set(person(user), (counts.get(person(user)) ?? 0) + 1);
    expect(counts.size).toBeGreaterThan(4800);
    expect(counts.size).toBeLessThan(5800);
    expect(Math.max(...counts.values())).toBeGreaterThan(150);
    expect(Math.max(...counts.values())).toBeLessThan(350);
  });

  test('a person lives in one country, and joined before posting', () => {
    const countries = new Map<string, unknown>();
    geos.forEach(({ country, timestamp }, index) => {
      const user = users[index] as Record<string, unknown>;
      expect(countries.get(person(user)) ?? country).toBe(country);
      countries.set(person(user), country);
      expect(String(timestamp) >= String(user.date_joined)).toBe(true);
    });
  });

  test('ages, dates and countries are within their ranges', () => {
    expect(new Set(geos.map(({ country }) => country)).size).toBeGreaterThan(230);
    expect(geos.map(({ country }) => country)).toContain('Antarctica (the territory South of 60 deg S)');
    const within = (values: unknown[], least: unknown, most: unknown) => {
      const sorted = [...values].sort() as string[];
      expect(
        [sorted[0], sorted.at(-1)].every(
          (value) => String(value) >= String(least) && String(value) <= String(most),
        ),
      ).toBe(true);
    };
    within(
      users.map(({ age }) => age),
      20,
      60,
    );
    within(
      users.map(({ date_joined }) => date_joined),
      '2015-10-21',
      '2017-10-20 23:59:59',
    );
    within(
      geos.map(({ timestamp }) => timestamp),
      '2017-10-19',
      '2022-10-19 23:59:59',
    );
  });
});
