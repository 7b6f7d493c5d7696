/** Emulated posts: generates the records of each post in the format of the original records. */
import type { Post, PostRecord } from '../posts/post.ts';
import { between, randomOf } from '../posts/random.ts';
import { drawPerson } from './emulator/person.ts';
import { pinOf } from './emulator/pin.ts';

/** Distinguishes this stream of random numbers from others with the same seed. */
const POSTS = 3;

const FIRST_POSTED = Date.UTC(2017, 9, 19);
const LAST_POSTED = Date.UTC(2022, 9, 19);

/**
 * Returns the post with this number; a version other than 0 is the same post with other values, except number, id and
 * category.
 */
export function emulatedPost(seed: number, number: number, version = 0): Post {
  const identity = randomOf(seed, POSTS, number);
  const random = randomOf(seed, POSTS, number, version);
  const person = drawPerson(seed, random);
  const pin = pinOf(seed, number, identity, random);
  const geo = {
    ind: number,
    timestamp: moment(between(random, Math.max(person.joined, FIRST_POSTED), LAST_POSTED)),
    latitude: degrees(random() * 180 - 90),
    longitude: degrees(random() * 360 - 180),
    country: person.country,
  };
  const user = {
    ind: number,
    first_name: person.firstName,
    last_name: person.lastName,
    age: person.age,
    date_joined: moment(person.joined),
  };
  return [record('pin', number, pin), record('geo', number, geo), record('user', number, user)];
}

const record = (dataset: string, number: number, fields: object): PostRecord => ({
  dataset,
  line: Buffer.from(JSON.stringify(fields)),
  key: String(number),
  at: number,
});

/** Returns a time as `2019-06-03 06:29:14`, UTC. */
const moment = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');

const degrees = (angle: number): number => Math.round(angle * 10_000) / 10_000;
