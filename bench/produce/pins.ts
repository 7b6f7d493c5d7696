import type { Posts } from '../../src/posts/post.ts';

/** Returns `count` posts of one pin each; the nth pin is `line(n)`. */
export const pins = (count: number, line: (n: number) => Buffer): Posts => ({
  datasets: ['pin'],
  read: function* () {
    for (let n = 0; n < count; n++) yield [{ dataset: 'pin', line: line(n), key: String(n), at: n }];
  },
  where: ({ at }) => `record ${at}`,
});
