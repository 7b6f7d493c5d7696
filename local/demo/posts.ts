/** The posts of a day: generated posts, whose numbers continue those of the last day, or the posts of a folder. */
import path from 'node:path';
import { FileError } from '../../src/files/errors.ts';
import { readTextIfThere } from '../../src/files/read.ts';
import { writeWhole } from '../../src/files/write.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import { missingNote } from '../../src/posts/missing.ts';
import type { Posts } from '../../src/posts/post.ts';
import type { DayOptions } from './day.ts';

/** Returns the posts for Kafka: `count` generated posts and the resent posts, or all posts of a folder. */
export function batchPosts({ posts, state, story }: DayOptions): Posts {
  if (!('from' in posts))
    return emulatedPosts({ ...posts, first: firstOf(state, 'next-post', posts.count), resendFrom: 0 });
  const found = filePosts(posts.from);
  for (const file of found.missing) story.say(missingNote(file));
  return found;
}

/** Returns the posts for Kinesis: `count` generated posts and the resent posts, or the first `count` posts of a folder. */
export function streamPosts({ posts, state }: DayOptions, count: number): Posts {
  if ('from' in posts) return filePosts(posts.from, { count });
  const first = firstOf(state, 'next-stream-post', count);
  return emulatedPosts({ ...posts, count, first, resendFrom: 0 });
}

/**
 * Returns the number of the first new post. Stores the first number of the next day before any post is sent, so that no
 * number is used for two posts. An interrupted day leaves some numbers unused.
 */
function firstOf(state: string, name: string, count: number): number {
  const file = path.join(state, name);
  const text = readTextIfThere(file, STATE)?.trim() ?? '0';
  const first = Number(text);
  // Number('') is 0, so without this check an empty file would make new posts reuse the numbers of earlier posts.
  if (text === '' || !Number.isSafeInteger(first) || first < 0)
    throw new FileError(file, STATE, { problem: 'contains no post number', fix: '' });
  writeWhole(file, `${first + count}\n`, STATE);
  return first;
}

const STATE = {
  is: "The demo's file",
  remedy: 'write the number of the next post into it, or choose another folder with --keep',
};
