/** The producer with the local API Gateway: the synthesized API and its templates, in front of the Kinesis emulator. */
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EMULATOR_CREDENTIALS, type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { type Gateway, startGateway } from '../../local/kinesis/gateway.ts';
import { streamName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import type { Posts } from '../../src/posts/post.ts';
import { type ProduceEvent, produce } from '../../src/producer/produce.ts';
import { type GatewayOptions, gatewaySink } from '../../src/producer/sinks/gateway.ts';
import { apiAt } from '../../src/producer/sinks/http-api.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { createStream } from '../../src/producer/sinks/kinesis-streams.ts';
import { totals } from '../../src/producer/tally.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { FaultyHttp, type HttpFault } from '../fixtures/faulty-http.ts';
import { FaultyKinesis } from '../fixtures/faulty-kinesis.ts';
import { keptFor } from '../fixtures/kept-for.ts';
import { readStream } from '../fixtures/kinesis-reader.ts';
import { until } from '../fixtures/until.ts';
import { expectLanded, pinsFile } from '../fixtures/versions.ts';

const REGION = EMULATOR_CREDENTIALS.AWS_REGION;
/** A number of shards so great that no test reaches the limits of the shards. */
const UNLIMITED = 1000;

let folder: string;
let emulator: Emulator;
let kinesis: FaultyKinesis;
let gateway: Gateway;
let runs = 0;

beforeAll(async () => {
  const environment = { ...EMULATOR_CREDENTIALS, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  folder = await mkdtemp(path.join(os.tmpdir(), 'produce-gateway-'));
  emulator = await startEmulator();
  kinesis = await FaultyKinesis.start(emulator.endpoint);
  gateway = await startGateway({ id: 'demo', kinesis: kinesis.url });
});

afterAll(async () => {
  await gateway?.stop();
  await kinesis?.stop();
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function freshPipeline(): Promise<string> {
  const id = `gateway${runs++}`;
  const client = kinesisClient({ endpoint: emulator.endpoint });
  for (const { name } of datasets) await createStream(client, streamName(id, name));
  client.destroy();
  return id;
}

const endpointAt = (url = gateway.invokeUrl) => ({
  url,
  setting: 'GATEWAY_URL',
  signed: true,
  region: REGION,
});

const sinkFor = (id: string, options: Partial<GatewayOptions> = {}) =>
  gatewaySink({ ...endpointAt(), id, shards: UNLIMITED, ...options });

const landedIn = (id: string, dataset: string) => readStream(emulator.endpoint, streamName(id, dataset));

const expectAllLanded = (id: string, posts: Posts, repeats = false) =>
  expectLanded(posts, (dataset) => landedIn(id, dataset), { repeats });

const fileOf = (lines: readonly (string | Buffer)[]) => pinsFile(folder, lines);

test('a web page gets no answer from the API', async () => {
  const response = await fetch(gateway.invokeUrl, { headers: { origin: 'https://page.test' } });
  // The API also answers 403 to a request without a signature.
  expect([response.status, await response.text()]).toEqual([403, 'Web pages cannot use this server.\n']);
});

describe('without faults', () => {
  test.each(['binary', 'json'] as const)(
    'in format %s, every record lands once and in order',
    async (format) => {
      const id = await freshPipeline();
      const posts = emulatedPosts({ seed: 7, count: 600, resend: 0.5 });
      const summary = await produce({ posts, sink: sinkFor(id, { format }) });
      expect(totals(summary)).toMatchObject({ read: 2700, delivered: 2700, rejected: 0, pending: 0 });
      await expectAllLanded(id, posts);
    },
  );

  test('bytes that are not UTF-8, lines that are not JSON, quotes and long numbers land unchanged', async () => {
    const id = await freshPipeline();
    const lines = [
      Buffer.from('{"index":1,"title":"caf\xe9 \xff"}', 'latin1'),
      'not JSON at all\u0000\r "quoted" \\ $input.json("$") #if(true)',
      '{"index": 1.0, "title": "1.10 📌 \u2028", "more": [ 9007199254740993 ]}',
      `{"index":"${'9'.repeat(300)}"}`,
    ];
    const summary = await produce({ posts: filePosts(await fileOf(lines)), sink: sinkFor(id) });
    expect(totals(summary)).toMatchObject({ read: 4, delivered: 4 });
    const latin1 = (list: readonly (string | Buffer)[]) =>
      list.map((line) => Buffer.from(line).toString('latin1')).sort();
    expect(latin1((await landedIn(id, 'pin')).map(({ line }) => line))).toEqual(latin1(lines));
  });

  test('in format json, records land as equal JSON, and lines that are not JSON are rejected and named', async () => {
    const id = await freshPipeline();
    const lines = [
      '{"index":1,"title":"it\'s \\"quoted\\" \\\\ $x #end 📌","nested":{"deep":[1,null,{"a":12.5}]}}',
      'not JSON',
      '{"index":2,"more":9007199254740993}',
    ];
    const rejected: ProduceEvent[] = [];
    await produce({
      posts: filePosts(await fileOf(lines)),
      sink: sinkFor(id, { format: 'json' }),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(rejected).toMatchObject([
      { where: 'line 2 of pin.jsonl', reason: expect.stringMatching(/GATEWAY_FORMAT/) },
    ]);
    const landed = (await landedIn(id, 'pin')).map(({ line }) => String(line)).sort();
    expect(landed).toEqual([lines[0], lines[2]]);
  });

  test('a record over the limit is named, and the other records land', async () => {
    const id = await freshPipeline();
    const large = `{"index":5,"title":"${'x'.repeat(1024 * 1024)}"}`;
    const lines = Array.from({ length: 20 }, (_, n) => `{"index":${n}}`);
    const rejected: ProduceEvent[] = [];
    await produce({
      posts: filePosts(await fileOf([...lines, large])),
      sink: sinkFor(id, { maxRecordBytes: 2 * 1024 * 1024 }),
      report: (event) => event.kind === 'rejected' && rejected.push(event),
    });
    expect(rejected).toMatchObject([
      {
        where: 'line 21 of pin.jsonl',
        reason: expect.stringMatching(/^1048599 bytes, ValidationException: /),
      },
    ]);
    await expectAllLanded(id, filePosts(await fileOf(lines)));
  });
});

describe('faults between producer and stream', () => {
  test('if Kinesis throttles a fifth of the records, only these records are retried, and versions stay in order', async () => {
    const id = await freshPipeline();
    kinesis.faults.PutRecords = { share: 1 / 5, error: 'ProvisionedThroughputExceededException' };
    const posts = emulatedPosts({ seed: 9, count: 400, resend: 1 });
    const summary = await produce({ posts, sink: sinkFor(id) }).finally(() => {
      delete kinesis.faults.PutRecords;
    });
    expect(totals(summary)).toMatchObject({ read: 2400, delivered: 2400 });
    expect(kinesis.failed.PutRecords).toBeGreaterThan(400);
    await expectAllLanded(id, posts);
  });

  test.each<[string, HttpFault]>([
    ['gets the response 429', { status: 429, body: { message: 'Too Many Requests' } }],
    ['gets the response 504', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['loses its response', { cut: 'after' }],
  ])('no record is lost and versions stay in order if every second request %s', async (_, fault) => {
    const id = await freshPipeline();
    const faulty = await FaultyHttp.start(gateway.endpoint);
    faulty.fault = (count) => (count % 2 === 1 ? fault : undefined);
    const posts = emulatedPosts({ seed: 3, count: 300, resend: 1 });
    const summary = await produce({ posts, sink: sinkFor(id, { url: `${faulty.url}/prod` }) });
    await faulty.stop();
    expect(totals(summary)).toMatchObject({ read: 1800, delivered: 1800 });
    expect(faulty.failed).toBeGreaterThan(2);
    await expectAllLanded(id, posts, true);
  });
});

describe('the API', () => {
  test('never closes an idle connection', async () => {
    const { hostname: host, port } = new URL(gateway.invokeUrl);
    expect(await keptFor(http, { host, port })).toBeUndefined();
  });

  const call = (request: Parameters<ReturnType<typeof apiAt>>[0], options = {}) =>
    apiAt({ ...endpointAt(), ...options })(request);
  const list = { method: 'GET', path: '/streams' } as const;

  test('accepts only callers that sign with the expected credentials', async () => {
    expect(await call(list)).toMatchObject({ status: 200, body: { StreamNames: expect.any(Array) } });
    const others = [
      [{ signed: false }, 'MissingAuthenticationTokenException'],
      [{ credentials: { accessKeyId: 'emulator', secretAccessKey: 'x' } }, 'InvalidSignatureException'],
      [{ credentials: { accessKeyId: 'x', secretAccessKey: 'emulator' } }, 'UnrecognizedClientException'],
      [{ region: 'eu-west-1' }, 'InvalidSignatureException'],
    ] as const;
    for (const [options, errorType] of others)
      expect(await call(list, options)).toMatchObject({ status: 403, errorType });
    const id = await freshPipeline();
    const posts = emulatedPosts({ seed: 1, count: 1 });
    const stranger = { accessKeyId: 'emulator', secretAccessKey: 'x' };
    await expect(produce({ posts, sink: sinkFor(id, { credentials: stranger }) })).rejects.toThrow(
      /rejected the request \(403, InvalidSignatureException\): the AWS credentials need/,
    );
  });

  test('creates and describes streams and puts records', async () => {
    const path = '/streams/streaming-by-hand';
    const json = (text: string) => ({ type: 'application/json', text });
    expect((await call({ method: 'POST', path, body: json('{"ShardCount":2}') })).status).toBe(200);
    const described = () => call({ method: 'GET', path });
    await until(async () => JSON.stringify((await described()).body).includes('"ACTIVE"'));
    expect(await described()).toMatchObject({
      body: { StreamDescription: { StreamStatus: 'ACTIVE', Shards: [{}, {}] } },
    });
    const record = { method: 'PUT', path: `${path}/record` } as const;
    const body = json('{"Data":{"a":"\\"quoted\\""},"PartitionKey":"a \\"key\\""}');
    expect((await call({ ...record, body })).status).toBe(200);
    expect(await readStream(emulator.endpoint, 'streaming-by-hand')).toMatchObject([
      { key: 'a "key"', line: Buffer.from('{"a":"\\"quoted\\""}') },
    ]);
    expect((await call({ ...record, body: json('{"Data":1}') })).body).toEqual({
      message: 'Invalid request body',
    });
    expect((await call({ ...record, body: { type: 'text/plain', text: 'x' } })).status).toBe(415);
    expect((await call({ method: 'GET', path: '/streams/a/b/c/d' })).status).toBe(500);
  });

  test('a missing API or stream is reported in one sentence', async () => {
    const posts = emulatedPosts({ seed: 1, count: 1 });
    await expect(produce({ posts, sink: sinkFor('nobody') })).rejects.toThrow(
      /^There is no stream streaming-nobody-pin at http.*npm run streams create/,
    );
    await expect(produce({ posts, sink: sinkFor('nobody', { url: gateway.endpoint }) })).rejects.toThrow(
      /GATEWAY_URL must be the invoke URL with its stage/,
    );
    await expect(produce({ posts, sink: sinkFor('nobody', { url: 'http://127.0.0.1:1' }) })).rejects.toThrow(
      /^No server responds at http:\/\/127\.0\.0\.1:1 .*GATEWAY_URL/,
    );
  });
});
