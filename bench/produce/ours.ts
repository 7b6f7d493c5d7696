/**
 * Sends records with this producer, in a separate process like the other contestants, and prints the seconds.
 * Arguments: brokers, pipeline id, none or gzip, records, file of the texts. Without a file, it sends generated posts.
 */
import { readFileSync } from 'node:fs';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { pins } from './pins.ts';

const [brokers = '', id = '', codec, records, file] = process.argv.slice(2);
const count = Number(records);

function equalRecords(file: string) {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const bytes = lines.map((line) => Buffer.from(line));
  return pins(count, (n) => bytes[n % bytes.length] as Buffer);
}

const posts = file === undefined ? emulatedPosts({ seed: 1, count: count / 3 }) : equalRecords(file);
const compression = codec === 'gzip' ? 'gzip' : 'none';
const { seconds } = await produce({
  posts,
  sink: kafkaSink({ brokers: brokers.split(','), id, compression }),
});
console.log(seconds);
process.exit();
