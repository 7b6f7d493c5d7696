/** Posts as the S3 sink lands them, for benches that begin at the bucket. */

import { emulatedPosts } from '../src/posts/emulated.ts';
import { PARTITIONS } from '../src/producer/sinks/kafka.ts';
import type { Pipeline } from '../test/fixtures/pipeline.ts';

const SEED = 1;
const LINE_FEED = Buffer.from('\n');

/** Lands `count` emulated posts, numbered from `first`: an object for each partition of each dataset. */
export async function landPosts(pipeline: Pipeline, first: number, count: number): Promise<void> {
  const objects = new Map<string, Buffer[]>();
  for await (const post of emulatedPosts({ seed: SEED, first, count }).read())
    for (const { dataset, line, at } of post) {
      const object = `${dataset} ${at % PARTITIONS}`;
      const lines = objects.get(object) ?? [];
      objects.set(object, lines);
      lines.push(line, LINE_FEED);
    }
  for (const [object, lines] of objects) {
    const [dataset = '', partition] = object.split(' ');
    await pipeline.land(dataset, Buffer.concat(lines), Number(partition));
  }
}
