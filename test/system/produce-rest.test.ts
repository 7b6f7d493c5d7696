/** The producer with the REST proxy: all records of a source are in the topics, whatever fails in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { install } from '../../local/install/install.ts';
import { type Broker, createTopics, startBroker } from '../../local/kafka/broker.ts';
import { startRestProxy } from '../../local/kafka/rest-proxy.ts';
import type { ServerProcess } from '../../local/server-process.ts';
import { topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import type { Posts } from '../../src/posts/post.ts';
import { type ProduceEvent, ProduceStopped, produce } from '../../src/producer/produce.ts';
import { API_TIMEOUT_MS } from '../../src/producer/sinks/http-api.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { type RestOptions, restSink } from '../../src/producer/sinks/rest.ts';
import { totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { readSettings } from '../../src/settings.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { FaultyHttp, type HttpFault } from '../fixtures/faulty-http.ts';
import { deleteTopic, readTopic, setMaxMessageBytes } from '../fixtures/produce-topics.ts';
import { until } from '../fixtures/until.ts';
import { expectLanded, pinsFile, recordsOf, versions } from '../fixtures/versions.ts';

const KILLS = timesUnderFaults(1, 10);

let folder: string;
let broker: Broker;
let proxy: ServerProcess;
let faulty: FaultyHttp;
let runs = 0;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'produce-rest-'));
  broker = await startBroker({ installed: await install(readSettings()), state: folder });
  proxy = await startRestProxy({ brokers: broker.brokers });
  faulty = await FaultyHttp.start(proxy.endpoint);
});

afterAll(async () => {
  await faulty?.stop();
  await proxy?.stop();
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function freshPipeline(): Promise<string> {
  const id = `rest${runs++}`;
  await createTopics(
    broker.brokers,
    datasets.map(({ name }) => topicName(id, name)),
  );
  return id;
}

const sinkFor = (id: string, options: Partial<RestOptions> = {}) =>
  restSink({ url: proxy.endpoint, setting: 'REST_URL', id, ...options });

const landedIn = (id: string, dataset: string) => readTopic(broker.brokers, topicName(id, dataset));

const expectAllLanded = (id: string, posts: Posts, repeats = false) =>
  expectLanded(posts, (dataset) => landedIn(id, dataset), { repeats });

const fileOf = (lines: readonly (string | Buffer)[]) => pinsFile(folder, lines);

test('a web page gets no answer from the proxy', async () => {
  const response = await fetch(proxy.endpoint, { headers: { origin: 'https://page.test' } });
  expect(response.status).toBe(403);
});

describe('without faults', () => {
  test.each(['binary', 'json'] as const)(
    'in format %s, every record lands once, in the same partition as with the Kafka sink',
    async (format) => {
      const id = await freshPipeline();
      const posts = emulatedPosts({ seed: 7, count: 1000, resend: 0.5 });
      const summary = await produce({ posts, sink: sinkFor(id, { format }) });
      expect(totals(summary)).toMatchObject({ read: 4500, delivered: 4500, rejected: 0, pending: 0 });
      await expectAllLanded(id, posts);
      const direct = await freshPipeline();
      await produce({ posts, sink: kafkaSink({ brokers: broker.brokers, id: direct }) });
      const places = async (which: string) =>
        new Map((await landedIn(which, 'pin')).map(({ key, partition }) => [key, partition]));
      expect(await places(id)).toEqual(await places(direct));
    },
  );

  test('bytes that are not UTF-8, lines that are not JSON and records without a number land unchanged', async () => {
    const id = await freshPipeline();
    const posts = filePosts(
      await fileOf([
        Buffer.from('{"index":1,"title":"caf\xe9 \xff"}', 'latin1'),
        'not JSON at all\u0000\r',
        '{"title":"1.10, \\u0041"}',
        '[{"index":"1.0"}]',
        'null',
      ]),
    );
    const summary = await produce({ posts, sink: sinkFor(id) });
    expect(totals(summary)).toMatchObject({ read: 5, delivered: 5 });
    const [landed, sent] = [await landedIn(id, 'pin'), await recordsOf(posts, 'pin')];
    expect(versions(landed).get('1')).toEqual(versions(sent).get('1'));
    // Records without a number can be in any partition.
    expect(versions(landed).get(null)?.sort()).toEqual(versions(sent).get(null)?.sort());
  });

  test('in format json, a line that is not JSON is reported with its line number and what to do, and the other lines land', async () => {
    const id = await freshPipeline();
    const rejected: ProduceEvent[] = [];
    const summary = await produce({
      posts: filePosts(await fileOf(['{"index":1}', 'not JSON', '{"index":2}'])),
      sink: sinkFor(id, { format: 'json' }),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(totals(summary)).toMatchObject({ read: 3, delivered: 2, rejected: 1 });
    expect(rejected).toMatchObject([
      { where: 'line 2 of pin.jsonl', reason: expect.stringMatching(/REST_FORMAT/) },
    ]);
  });

  test('a record over the limit of its topic is named, and the other records land in order', async () => {
    const id = await freshPipeline();
    await setMaxMessageBytes(broker.brokers, topicName(id, 'pin'), 20_000);
    const small = Array.from({ length: 900 }, (_, n) => `{"index":${n % 100},"title":"${n}"}`);
    const large = `{"index":5,"title":"${'x'.repeat(30_000)}"}`;
    const rejected: ProduceEvent[] = [];
    const summary = await produce({
      posts: filePosts(await fileOf([...small.slice(0, 450), large, ...small.slice(450)])),
      sink: sinkFor(id),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(totals(summary)).toMatchObject({ read: 901, delivered: 900, rejected: 1 });
    expect(rejected).toMatchObject([
      { where: 'line 451 of pin.jsonl', reason: expect.stringMatching(/^30022 bytes, 50002: /) },
    ]);
    await expectAllLanded(id, filePosts(await fileOf(small)));
  });
});

describe('faults between producer and topic', () => {
  test.each<[string, HttpFault, boolean]>([
    ['gets the response 503', { status: 503 }, false],
    ['gets the response 429', { status: 429, body: { message: 'Too Many Requests' } }, false],
    ['is cut off before the proxy gets it', { cut: 'before' }, false],
    ['loses its response', { cut: 'after' }, true],
    ['times out', { slow: 2000 }, true],
  ])('no record is lost if every third request %s', async (_, fault, repeats) => {
    const id = await freshPipeline();
    faulty.failed = 0;
    faulty.fault = (count) => (count % 3 === 1 ? fault : undefined);
    const posts = emulatedPosts({ seed: 9, count: 600, resend: 1 });
    // All requests have this time limit, also those that a busy machine delays.
    const timeoutMs = 'slow' in fault ? 1500 : API_TIMEOUT_MS;
    const summary = await produce({ posts, sink: sinkFor(id, { url: faulty.url, timeoutMs }) });
    expect(totals(summary)).toMatchObject({ read: 3600, delivered: 3600 });
    expect(faulty.failed).toBeGreaterThan(3);
    await sleep('slow' in fault ? fault.slow : 0); // a request that timed out may still be running
    const landed = await landedIn(id, 'pin');
    const sent = await recordsOf(posts, 'pin');
    if (!repeats) expect(versions(landed)).toEqual(versions(sent));
    expect(new Set(landed.map(({ line }) => String(line)))).toEqual(
      new Set(sent.map(({ line }) => String(line))),
    );
  });

  test(`no record is lost and versions stay in order if the proxy is killed and restarted ${KILLS} times`, async () => {
    const id = await freshPipeline();
    const newPosts = 1500 * (KILLS + 1);
    const posts = emulatedPosts({ seed: 11, count: newPosts, resend: 0.2 });
    const port = Number(new URL(proxy.endpoint).port);
    let kills = 0;
    let restarted: Promise<void> | undefined;
    const waiting: string[] = [];
    const summary = await produce({
      posts,
      sink: sinkFor(id),
      rate: 1500,
      report: (event) => {
        if (event.kind === 'waiting') waiting.push(event.reason);
        if (event.kind !== 'progress' || restarted || kills === KILLS) return;
        if (event.summary.posts < ((kills + 0.5) * newPosts) / KILLS) return;
        kills++;
        process.kill(proxy.pid, 'SIGKILL');
        restarted = sleep(500)
          .then(() => startRestProxy({ brokers: broker.brokers, port }))
          .then((fresh) => {
            proxy = fresh;
            restarted = undefined;
          });
      },
    });
    await restarted;
    expect(kills).toBe(KILLS);
    expect(waiting.join('\n')).toContain(`No server responds at http://127.0.0.1:${port}`);
    expect(totals(summary)).toMatchObject({ pending: 0, rejected: 0 });
    await expectAllLanded(id, posts, true);
  });

  test('a permanent fault stops the run, which counts pending records and gives the reason in one sentence', async () => {
    const id = await freshPipeline();
    let requests = 0;
    faulty.fault = () => (++requests > 3 ? { status: 503 } : undefined);
    const stopped = await produce({
      posts: emulatedPosts({ seed: 5 }),
      rate: 1000,
      sink: sinkFor(id, { url: faulty.url }),
      deliveryTimeoutMs: 500,
    }).catch((error: unknown) => error);
    if (!(stopped instanceof ProduceStopped)) throw new Error(`expected the run to stop, got ${stopped}`);
    expect(stopped.message).toMatch(/were not delivered: http\S+ is failing at the moment \(503\)\.$/);
    const all = totals(stopped.summary);
    expect(all.delivered).toBeGreaterThan(0);
    expect(all.pending).toBeGreaterThan(0);
    expect(all.read).toBe(all.delivered + all.rejected + all.pending);
  });
});

test('a missing topic, a missing proxy and a server that is no REST proxy are reported in one sentence', async () => {
  const posts = emulatedPosts({ seed: 1, count: 1 });
  await expect(produce({ posts, sink: sinkFor('nobody') })).rejects.toThrow(
    /^There is no topic nobody\.pin on http:\/\/127\.0\.0\.1:\d+: create it/,
  );
  await expect(produce({ posts, sink: sinkFor('nobody', { url: 'http://127.0.0.1:1' }) })).rejects.toThrow(
    /^No server responds at http:\/\/127\.0\.0\.1:1 \(.+\): start it, or set REST_URL/,
  );
  await expect(
    produce({ posts, sink: sinkFor('nobody', { url: `${proxy.endpoint}/elsewhere` }) }),
  ).rejects.toThrow(/does not respond like a Confluent REST proxy \(404, HTTP 404 Not Found\)/);
});

test('the proxy reports a deleted topic, and the records for a partition that a new topic of this name lacks', async () => {
  const topic = 'replaced';
  await createTopics(broker.brokers, [topic], 2);
  const url = `${proxy.endpoint}/topics/${topic}`;
  const post = async () => {
    const headers = { 'content-type': 'application/vnd.kafka.json.v2+json' };
    const body = JSON.stringify({ records: [{ value: {}, partition: 1 }] });
    return (await fetch(url, { method: 'POST', headers, body })).json();
  };
  expect(await post()).toMatchObject({ offsets: [{ partition: 1, offset: 0 }] });
  await deleteTopic(broker.brokers, topic);
  await until(async () => (await fetch(url)).status === 404);
  await createTopics(broker.brokers, [topic], 1);
  await until(async () => (await fetch(url)).status === 200);
  expect(await post()).toMatchObject({ offsets: [{ offset: null, error_code: 50003 }] });
  expect(await post()).toMatchObject({ error_code: 40402 });
});
