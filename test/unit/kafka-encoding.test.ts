import { createRequire } from 'node:module';
import { describe, expect, test, vi } from 'vitest';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import type { Post } from '../../src/posts/post.ts';
import { randomOf } from '../../src/posts/random.ts';
import { encodeProduce, type ProduceOptions } from '../../src/producer/sinks/kafka-encoding.ts';

const produceRequests = createRequire(import.meta.url)('kafkajs/src/protocol/requests/produce/index.js');
const encodeTheirWay = (version: number, options: ProduceOptions): Promise<{ buffer: Buffer }> =>
  produceRequests.protocol({ version })(options).request.encode();

describe('a produce request has the same bytes as in kafkajs', () => {
  const request = (
    messages: { key: string | null; value: Buffer }[],
    more: Partial<ProduceOptions> = {},
  ) => ({
    acks: -1,
    timeout: 30_000,
    compression: 0,
    producerId: '4611686018427387904',
    producerEpoch: 3,
    topicData: [{ topic: 'demo.pin', partitions: [{ partition: 2, firstSequence: 77, messages }] }],
    ...more,
  });
  const pins = [...(emulatedPosts({ seed: 1, count: 700 }).read() as Iterable<Post>)].map(
    ([pin]) => pin as { key: string; line: Buffer },
  );
  const random = randomOf(1);
  const sized = (bytes: number) => ({ key: String(bytes), value: Buffer.alloc(bytes, bytes % 251) });

  test.each<[string, ProduceOptions]>([
    ['pins', request(pins.map(({ key, line }) => ({ key, value: line })))],
    ['no key', request([{ key: null, value: Buffer.from('{"a":1}') }])],
    ['an empty record, an empty key', request([{ key: '', value: Buffer.alloc(0) }])],
    ['a key that is not ASCII', request([{ key: 'é✓😀', value: Buffer.from('x') }])],
    [
      'sizes at which a length takes one more byte',
      request([57, 58, 59, 60, 61, 62, 63, 64, 65, 8180, 8185, 8191, 8192, 1_048_570, 1_048_576].map(sized)),
    ],
    ['random sizes', request(Array.from({ length: 300 }, () => sized(Math.floor(random() * 20_000))))],
    ['not idempotent', request([sized(5)], { producerId: -1, producerEpoch: 0 })],
    [
      'several topics and partitions',
      request([], {
        topicData: ['demo.geo', 'démo.user'].map((topic) => ({
          topic,
          partitions: [0, 1].map((partition) => ({
            partition,
            firstSequence: partition,
            messages: [sized(3), sized(200)],
          })),
        })),
      }),
    ],
  ])('%s', async (_, options) => {
    const now = 1_700_000_000_000;
    vi.spyOn(Date, 'now').mockReturnValue(now);
    const wanted = (await encodeTheirWay(7, options)).buffer;
    vi.restoreAllMocks();
    const written = encodeProduce(options, now).buffer;
    expect(written.length).toBe(wanted.length);
    expect(written.equals(wanted)).toBe(true);
  });
});
