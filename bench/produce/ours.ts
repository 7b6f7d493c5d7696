/**
 * Sends records with this producer, in a separate process like the other contestants, and prints the seconds.
 * Arguments: brokers, pipeline id, none or gzip, records, file of the texts. Without a file, it sends generated posts.
 */
import { readFileSync } from 'node:fs';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import type { Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';

const [brokers = '', id = '', codec, records, file] = process.argv.slice(2);
const count = Number(records);

function equalRecords(lines: readonly Buffer[]): Posts {
  return {
    datasets: ['pin'],
    read: function* () {
      for (let n = 0; n < count; n++)
        yield [{ dataset: 'pin', line: lines[n % lines.length] as Buffer, key: String(n), at: n }];
    },
    where: ({ at }) => `record ${at}`,
  };
}

const posts =
  file === undefined
    ? emulatedPosts({ seed: 1, count: count / 3 })
    : equalRecords(
        readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map((line) => Buffer.from(line)),
      );
const compression = codec === 'gzip' ? 'gzip' : 'none';
const { seconds } = await produce({
  posts,
  sink: kafkaSink({ brokers: brokers.split(','), id, compression }),
});
console.log(seconds);
process.exit();
