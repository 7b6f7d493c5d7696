/** The project's facts: its records can be emulated, and its questions read existing datasets. */
import { expect, test } from 'vitest';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import type { Post } from '../../src/posts/post.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { POST_DATASETS } from '../../src/project/project.ts';
import { queries } from '../../src/project/queries/index.ts';

const COUNT = 20;
const names = datasets.map(({ name }) => name);

test('a post has a record of each of its datasets, with a key', () => {
  const posts = [...(emulatedPosts({ seed: 1, count: COUNT }).read() as Iterable<Post>)];
  expect(posts).toHaveLength(COUNT);
  for (const post of posts) {
    // A dataset that was added by `generate dataset` is sent too.
    const sent = post.map(({ dataset }) => dataset);
    expect(sent).toEqual(expect.arrayContaining([...POST_DATASETS]));
    expect(names).toEqual(expect.arrayContaining(sent));
    for (const { dataset, key } of post) expect(key, dataset).not.toBeNull();
  }
  expect(names).toEqual(expect.arrayContaining([...POST_DATASETS]));
});

test.each(queries.map((query) => [query.name, query] as const))(
  '%s reads only existing datasets',
  (_, query) => {
    expect(query.reads.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining([...query.reads]));
  },
);
