/** The stages that only Kinesis needs (limits, batches by key, partial retries), and the error messages of its sink. */
import { once } from 'node:events';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeCertificate } from '../../local/workspace/sql/certificate.ts';
import { TokenBucket } from '../../src/producer/bucket.ts';
import type { Clock } from '../../src/producer/clock.ts';
import { Lane } from '../../src/producer/lane.ts';
import { InOrderPerKey } from '../../src/producer/ordering.ts';
import { fullJitter } from '../../src/producer/retry.ts';
import { kinesisSink } from '../../src/producer/sinks/kinesis.ts';
import { explainKinesis, retriableReason } from '../../src/producer/sinks/kinesis-errors.ts';
import { streamsSink } from '../../src/producer/sinks/put-records.ts';
import { DELIVERED, type Outcome, type Sink } from '../../src/producer/sinks/sink.ts';
import { HandClock } from '../fixtures/hand-clock.ts';
import { ScriptedHttp } from '../fixtures/scripted-http.ts';
import { until } from '../fixtures/until.ts';

describe('a token bucket', () => {
  test('allows exactly its rate, whatever amounts are spent', () => {
    const clock = new HandClock();
    const bucket = new TokenBucket(() => 1000, clock);
    let spent = 0;
    for (const amount of [500, 1, 300, 5000, 20].flatMap((n) => Array(20).fill(n))) {
      clock.time += bucket.debtMs;
      expect(spent).toBeLessThanOrEqual(100 + clock.time + 1e-6);
      bucket.spend(amount);
      spent += amount;
    }
    clock.time += bucket.debtMs;
    expect(clock.time).toBeCloseTo(spent - 100, 3);
  });

  test('accumulates only a small amount while it is idle', () => {
    const clock = new HandClock();
    const bucket = new TokenBucket(() => 1000, clock);
    clock.time += 3_600_000;
    bucket.spend(100);
    expect(bucket.debtMs).toBe(0);
    bucket.spend(50);
    expect(bucket.debtMs).toBeCloseTo(50, 6);
  });
});

describe('open shards', () => {
  const sinkWith = (options: { shards?: number; shardsIntervalMs?: number }, counts: (number | Error)[]) => {
    const streams = {
      put: async (_: string, records: readonly unknown[]) => ({ codes: records.map(() => undefined) }),
      openShards: async () => {
        const next = counts.shift() ?? 1;
        if (next instanceof Error) throw next;
        return next;
      },
      close() {},
    };
    return streamsSink({ id: 'demo', ...options }, streams);
  };
  const rate = (sink: Sink) => sink.limits('streaming-demo-pin').keyed?.perSecond?.records;
  const send = async (sink: Sink) => {
    await sink.send('streaming-demo-pin', 0, [{ key: '1', value: Buffer.from('{}') }]);
    await new Promise((resolve) => setImmediate(resolve));
  };

  test('are counted again while records are sent, because an on-demand stream opens more; a failed count changes nothing', async () => {
    const sink = sinkWith({ shardsIntervalMs: 0 }, [4, new Error('throttled'), 16]);
    await sink.open(['pin']);
    const { keyed } = sink.limits('streaming-demo-pin');
    expect(rate(sink)).toBe(4000);
    await send(sink);
    expect(rate(sink)).toBe(4000);
    await send(sink);
    // A lane keeps the object with the limits that it got at its start, so this object must change, too.
    expect(keyed?.perSecond?.records).toBe(16_000);
  });

  test('are not counted before the interval has passed, nor if their number is set', async () => {
    const patient = sinkWith({}, [4, 16]);
    await patient.open(['pin']);
    await send(patient);
    expect(rate(patient)).toBe(4000);
    const fixed = sinkWith({ shards: 2, shardsIntervalMs: 0 }, [4, 16]);
    await fixed.open(['pin']);
    await send(fixed);
    expect(rate(fixed)).toBe(2000);
  });

  test('limit the bytes of a call to those that they accept in a second', async () => {
    const sink = sinkWith({}, [2, 8]);
    await sink.open(['pin', 'geo']);
    expect(sink.limits('streaming-demo-pin').bytes).toBe(2_000_000);
    expect(sink.limits('streaming-demo-geo').bytes).toBe(5 * 1024 * 1024);
  });

  test('raise the rate of a bucket in use when their number increases', () => {
    const clock = new HandClock();
    let perSecond = 1000;
    const bucket = new TokenBucket(() => perSecond, clock);
    bucket.spend(1100);
    expect(bucket.debtMs).toBeCloseTo(1000, 6);
    perSecond = 4000;
    expect(bucket.debtMs).toBeCloseTo(250, 6);
  });
});

test('the versions of a post with a key that is too long for Kinesis get the same key', async () => {
  const keys: string[] = [];
  const sink = streamsSink(
    { id: 'demo' },
    {
      put: async (_, records) => {
        keys.push(...records.map(({ PartitionKey }) => PartitionKey));
        return { codes: records.map(() => undefined) };
      },
      openShards: async () => 1,
      close() {},
    },
  );
  const version = (key: string) => sink.send('streaming-demo-page', 0, [{ key, value: Buffer.from('{}') }]);
  const [long, other, longest] = ['a'.repeat(257), 'b'.repeat(257), 'c'.repeat(256)];
  for (const key of [long, long, other, longest]) await version(key);
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(keys[3]).toBe(longest);
});

test('the bytes of a key count, not its characters', () => {
  const { problem } = streamsSink(
    { id: 'demo', maxRecordBytes: 100 },
    {
      put: async () => ({ codes: [] }),
      openShards: async () => 1,
      close() {},
    },
  );
  const value = Buffer.alloc(70);
  expect(problem?.({ key: '30 characters and no more ....', value })).toBeUndefined();
  expect(problem?.({ key: 'ключ-по-русски', value })).toBeUndefined();
  expect(problem?.({ key: 'более длинный ключ', value })).toBe(
    "104 bytes with its key, over Kinesis's limit of 100",
  );
});

test('pauses are random, below a bound that doubles until it is two seconds', () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 100].map((attempt) => fullJitter(attempt, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1600, 2000, 2000, 2000]);
  expect(fullJitter(5, () => 0.25)).toBe(400);
  expect(fullJitter(100, () => 0)).toBe(0);
});

interface One {
  readonly key: string | null;
  readonly name: string;
  readonly bytes: number;
}

/** Returns records from words such as `a1 a2 b1`: the letter is the key, `-` means no key. */
const ones = (words: string): One[] =>
  words.split(' ').map((name) => ({ name, key: name.startsWith('-') ? null : (name[0] ?? ''), bytes: 10 }));

const names = (batch: readonly One[]): string => batch.map(({ name }) => name).join(' ');

describe('batches by key', () => {
  const queue = (words: string, limits = { records: 3, bytes: 1000 }) => {
    const made = new InOrderPerKey<One>({ ...limits, overhead: 0 });
    for (const one of ones(words)) made.add(one);
    return made;
  };

  test('contain one record per key; the next record of a key follows when the previous record is settled', () => {
    const q = queue('a1 a2 b1 a3 b2');
    const [a1, b1] = q.take();
    expect([a1?.name, b1?.name]).toEqual(['a1', 'b1']);
    expect(q.hasBatch).toBe(false);
    q.release(b1 as One);
    expect(names(q.take())).toBe('b2');
    q.release(a1 as One);
    expect(names(q.take())).toBe('a2');
  });

  test('contain all records without a key, because these never wait', () => {
    expect(names(queue('-1 -2 a1 a2 -3', { records: 9, bytes: 1000 }).take())).toBe('-1 -2 a1 -3');
  });

  test('begin with the records that were put back', () => {
    const q = queue('a1 b1 c1 d1');
    const taken = q.take();
    q.putBack(taken.slice(1));
    expect(names(q.take())).toBe('b1 c1 d1');
  });

  test('end at the limits of records and bytes; a larger record is sent in a separate batch', () => {
    const q = queue('a1 b1 c1 d1', { records: 3, bytes: 25 });
    q.add({ key: 'e', name: 'large', bytes: 60 });
    expect([q.take(), q.take(), q.take()].map(names)).toEqual(['a1 b1', 'c1 d1', 'large']);
    const r = queue('a1 b1 c1 d1');
    expect(r.hasFullBatch).toBe(true);
    expect([r.take(), r.take()].map(names)).toEqual(['a1 b1 c1', 'd1']);
    expect(r.hasFullBatch).toBe(false);
  });
});

describe('a lane by key', () => {
  const lane = (
    answer: (one: One, call: number) => Outcome = () => DELIVERED,
    {
      clock = new HandClock() as Clock,
      calls = 2,
      recordsPerSecond = 1e9,
      isExpired = (_since: number): boolean => false,
    } = {},
  ) => {
    const stop = new AbortController();
    const seen = { batches: [] as string[], settled: [] as string[], mostCalls: 0, waited: [] as string[] };
    let under = 0;
    const made = new Lane<One>({
      limits: {
        records: 3,
        bytes: 1e6,
        overhead: 0,
        keyed: { calls, perSecond: { records: recordsPerSecond, bytes: 1e9 } },
      },
      retry: {
        clock,
        random: () => 0.5,
        isExpired,
        stop: stop.signal,
        onRetry: (reason) => seen.waited.push(reason),
      },
      send: async (batch) => {
        seen.mostCalls = Math.max(seen.mostCalls, ++under);
        const call = seen.batches.push(names(batch));
        await new Promise((resolve) => setImmediate(resolve));
        under--;
        return batch.map((one) => answer(one, call));
      },
      settle: ({ name }, { status }) => seen.settled.push(`${name} ${status}`),
    });
    const send = async (words: string) => {
      for (const one of ones(words)) await made.add(one);
      await made.flush();
    };
    return { made, seen, send, stop };
  };
  const THROTTLED: Outcome = { status: 'retriable', reason: 'throttled' };

  test('retries only the pending records, and sends no later record of a key before them', async () => {
    const { seen, send } = lane(({ name }, call) => (name === 'b1' && call < 3 ? THROTTLED : DELIVERED), {
      calls: 1,
    });
    await send('a1 b1 c1 b2 a2');
    expect(seen.batches).toEqual(['a1 b1 c1', 'a2', 'b1', 'b2']);
    expect(seen.waited).toEqual(['throttled']);
    expect(seen.settled).toHaveLength(5);
  });

  test('keeps the order of every key if a third of the records stays pending at random', async () => {
    let state = 1;
    const luck = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state % 3 > 0;
    };
    const { seen, send } = lane(() => (luck() ? DELIVERED : THROTTLED), { calls: 4 });
    const words = Array.from({ length: 300 }, (_, n) => `${'abcdefgh'[(n * 7) % 8]}${n}`);
    await send(words.join(' '));
    for (const key of 'abcdefgh') {
      const own = (list: string[]) => list.filter((name) => name.startsWith(key));
      expect(own(seen.settled)).toEqual(own(words).map((name) => `${name} delivered`));
    }
  });

  test('sends the next record of a key after a rejected record', async () => {
    const { seen, send } = lane(({ name }) =>
      name === 'a1' ? { status: 'rejected', reason: 'too large' } : DELIVERED,
    );
    await send('a1 a2');
    expect(seen.settled).toEqual(['a1 rejected', 'a2 delivered']);
  });

  test('makes the allowed number of calls at a time, all but the last with full batches', async () => {
    const { seen, send } = lane();
    await send(Array.from({ length: 20 }, (_, n) => `-${n}`).join(' '));
    expect(seen.mostCalls).toBe(2);
    expect(seen.batches.slice(0, -1).every((batch) => batch.split(' ').length === 3)).toBe(true);
    // Of 4 records, the last waits until the call with the other 3 has ended.
    const few = lane();
    await few.send('-0 -1 -2 -3');
    expect(few.seen.mostCalls).toBe(1);
  });

  test('blocks the reader when the buffer has as many records as may be in flight, plus one batch', async () => {
    const never = new Promise<never>(() => {});
    const { made } = lane(undefined, { clock: { now: () => 0, sleep: () => never }, recordsPerSecond: 1 });
    let added = 0;
    void (async () => {
      for (const one of ones(Array.from({ length: 50 }, (_, n) => `a${n}`).join(' '))) {
        await made.add(one);
        added++;
      }
    })();
    await until(() => added >= 9);
    await new Promise((resolve) => setTimeout(resolve, 20));
    // Of 10 records the first is delivered. The other 9 fill the buffer, 3 for each of two calls and 3 for the next batch,
    // so the add() of the tenth does not return.
    expect(added).toBe(9);
  });

  test('is not faster than its limit', async () => {
    const clock = new HandClock();
    const { send } = lane(undefined, { clock, recordsPerSecond: 100 });
    await send(Array.from({ length: 101 }, (_, n) => `-${n}`).join(' '));
    expect(clock.time).toBeGreaterThan(800);
    expect(clock.time).toBeLessThan(1000);
  });

  test('stops retrying a record that has expired, and sends the records after it', async () => {
    const { seen, send } = lane(({ name }) => (name === 'a1' ? THROTTLED : DELIVERED), {
      isExpired: (since) => since === 0 && seen.batches.length === 4,
    });
    await send('a1 a2');
    expect(seen.batches).toEqual(['a1', 'a1', 'a1', 'a1', 'a2']);
    expect(seen.settled).toEqual(['a1 retriable', 'a2 delivered']);
  });

  test('sends nothing more after a stop, and settles every record once', async () => {
    const { seen, send, stop } = lane((_, call) => {
      if (call === 1) stop.abort();
      return THROTTLED;
    });
    await send('a1 b1 a2 b2 c1 a3');
    expect(seen.batches).toEqual(['a1 b1 c1']);
    expect(seen.settled.map((line) => line.split(' ')[0]).sort()).toEqual([
      'a1',
      'a2',
      'a3',
      'b1',
      'b2',
      'c1',
    ]);
  });
});

afterEach(() => vi.unstubAllEnvs());

const put = (sink: Sink) => sink.send('streaming-demo-pin', 0, [{ key: '7', value: Buffer.from('{}') }]);

/** Starts a server that accepts one record in each call, over HTTP/2 or 1.1 with TLS, and returns a sink for it. */
async function secureKinesis() {
  const server = http2.createSecureServer({ ...(await makeCertificate()), allowHTTP1: true }, (_, response) =>
    response.end('{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}'),
  );
  const connected = vi.fn();
  server.on('secureConnection', connected).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sink = kinesisSink({
    ...{ id: 'demo', region: 'us-east-1' },
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  const stop = async () => {
    await sink.close();
    server.close();
  };
  return { sink, connected, stop };
}

test('calls to Kinesis share connections: calls one after the other use the same connection', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const { sink, connected, stop } = await secureKinesis();
  for (let call = 0; call < 5; call++) expect(await put(sink)).toEqual([DELIVERED]);
  expect(connected).toHaveBeenCalledTimes(1);
  await Promise.all(Array.from({ length: 12 }, () => put(sink)));
  await Promise.all(Array.from({ length: 12 }, () => put(sink)));
  expect(connected.mock.calls.length).toBeLessThanOrEqual(12);
  await stop();
});

describe('errors of the SDK', () => {
  const kinesis = { region: 'us-east-1' };
  const service = (name: string, fault: 'client' | 'server', message = 'no') =>
    new KinesisServiceException({ name, $fault: fault, message, $metadata: {} });
  const node = (name: string, code?: string) => Object.assign(new Error('at 10.1.2.3'), { name, code });

  test.each<[string, unknown, boolean]>([
    ['a throttled shard', service('ProvisionedThroughputExceededException', 'client'), true],
    ['a throttled account', service('ThrottlingException', 'client'), true],
    ['a throttled key service', service('KMSThrottlingException', 'client'), true],
    ['a failure of the service', service('InternalFailureException', 'server'), true],
    ['a broken connection', node('Error', 'ECONNRESET'), true],
    ['no answer in time', node('AbortError'), true],
    ['a record that is too large', service('ValidationException', 'client'), false],
    ['a missing permission', service('AccessDeniedException', 'client'), false],
    ['a bug', new TypeError('x is not a function'), false],
  ])('%s is retried only if it can succeed later', (_, error, again) => {
    expect(retriableReason(error, kinesis) !== undefined).toBe(again);
  });

  test('the message of a rejected signature, which may contain a session token, is not repeated', () => {
    const { message } = explainKinesis(
      service(
        'InvalidSignatureException',
        'client',
        'The Canonical String was x-amz-security-token:IQoJb3JpZ2lu',
      ),
      kinesis,
    );
    expect(message).toMatch(/^There are no usable AWS credentials \(InvalidSignatureException\): .*aws sso/);
    expect(message).not.toContain('IQoJb3JpZ2lu');
  });

  test.each([
    'CERT_HAS_EXPIRED',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ])('an untrusted certificate (%s) is explained and not retried', (code) => {
    const error = node('Error', code);
    expect(retriableReason(error, kinesis)).toBeUndefined();
    expect(explainKinesis(error, kinesis).message).toBe(
      `The certificate of the Kinesis endpoint of us-east-1 is not trusted (${code}): set NODE_EXTRA_CA_CERTS to the PEM file of its certificate authority.`,
    );
  });

  test('an untrusted certificate ends the run immediately', async () => {
    const { sink, stop } = await secureKinesis();
    await expect(put(sink)).rejects.toThrow(/^The certificate of https:.* is not trusted \(\w+\): set/);
    await stop();
  });

  test.each([
    ['ACTIVE', true],
    ['UPDATING', true],
    ['CREATING', false],
    ['DELETING', false],
  ])('a stream that is %s can be used: %s', async (StreamStatus, usable) => {
    const server = await ScriptedHttp.start();
    onTestFinished(() => server.stop());
    const StreamDescriptionSummary = { StreamStatus, OpenShardCount: 3 };
    server.answers = [{ status: 200, body: { StreamDescriptionSummary } }];
    const sink = kinesisSink({
      ...{ id: 'demo', region: 'us-east-1', endpoint: server.url },
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const opened = sink.open(['pin']).then(
      () => 'opened',
      ({ message }: Error) => message.split(' at ')[0],
    );
    expect(await opened).toBe(usable ? 'opened' : 'There is no stream streaming-demo-pin');
    await sink.close();
  });

  test('an answer without a result for each record does not count as a delivery', async () => {
    const server = await ScriptedHttp.start();
    server.answers = [{ status: 200, body: {} }];
    const sink = kinesisSink({
      ...{ id: 'demo', region: 'us-east-1', endpoint: server.url },
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    expect(await sink.send('streaming-demo-pin', 0, [{ key: '7', value: Buffer.from('{}') }])).toEqual([
      { status: 'retriable', reason: 'Kinesis did not return a result for each record' },
    ]);
    await sink.close();
    await server.stop();
  });

  test('a page in place of an answer is explained', () => {
    const { message } = explainKinesis(new SyntaxError('Unexpected token < in JSON'), kinesis);
    expect(message).toMatch(
      /^The Kinesis endpoint of us-east-1 does not answer as Kinesis does: check AWS_ENDPOINT/i,
    );
  });

  test('a bug is returned unchanged', () => {
    const bug = new TypeError('x is not a function');
    expect(explainKinesis(bug, kinesis)).toBe(bug);
  });
});
