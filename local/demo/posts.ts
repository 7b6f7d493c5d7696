/** The posts of a day: made ones that go on where the last day ended, or a folder's. */
import path from 'node:path';
import { FileError } from '../../src/files/errors.ts';
import { readTextIfThere } from '../../src/files/read.ts';
import { writeWhole } from '../../src/files/write.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import { missingNote } from '../../src/posts/missing.ts';
import type { Posts } from '../../src/posts/post.ts';
import type { DayOptions } from './day.ts';

/** The posts that go through Kafka: `count` made ones and those sent again, or a folder whole. */
export async function batchPosts({ posts, state, story }: DayOptions): Promise<Posts> {
  if (!('from' in posts))
    return emulatedPosts({ ...posts, first: firstOf(state, 'next-post', posts.count), resendFrom: 0 });
  const found = filePosts(posts.from);
  for (const file of found.missing) story.say(missingNote(file));
  return found;
}

/** The posts that go through Kinesis: `count` made ones and those sent again, or a folder's first. */
export async function streamPosts({ posts, state }: DayOptions, count: number): Promise<Posts> {
  if ('from' in posts) return filePosts(posts.from, { count });
  const first = firstOf(state, 'next-stream-post', count);
  return emulatedPosts({ ...posts, count, first, resendFrom: 0 });
}

/**
 * The number of the first new post. Where the next day begins is written down before any is sent, so that a day that
 * was cut short leaves a gap rather than other posts under the same numbers.
 */
function firstOf(state: string, name: string, count: number): number {
  const file = path.join(state, name);
  const text = readTextIfThere(file, STATE)?.trim() ?? '0';
  const first = Number(text);
  // An empty text would be post 0 again, and its numbers other posts'.
  if (text === '' || !Number.isSafeInteger(first) || first < 0)
    throw new FileError(file, STATE, { problem: 'holds no post number', fix: '' });
  writeWhole(file, `${first + count}\n`, STATE);
  return first;
}

const STATE = {
  is: "The demo's file",
  remedy: 'write the number of the next post into it, or choose another folder with --keep',
};
