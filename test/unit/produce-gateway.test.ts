/** The sink for the API in front of Kinesis, with a scripted HTTP server: its requests, and how it interprets responses. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signatureProblem } from '../../local/aws/signature.ts';
import { type GatewayOptions, gatewaySink } from '../../src/producer/sinks/gateway.ts';
import { type Answer, ScriptedHttp } from '../fixtures/scripted-http.ts';

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the secret' };

let server: ScriptedHttp;

beforeEach(async () => {
  server = await ScriptedHttp.start();
});

afterEach(() => server.stop());

const record = (value: string, key: string | null = '7') => ({ key, value: Buffer.from(value) });

function sinkFor(options: Partial<GatewayOptions> = {}) {
  const endpoint = { url: `${server.url}/prod`, setting: 'GATEWAY_URL', signed: true, region: 'eu-west-1' };
  return gatewaySink({ ...endpoint, credentials: IDENTITY, id: 'demo', ...options });
}
const send = (batch: readonly ReturnType<typeof record>[], options: Partial<GatewayOptions> = {}) =>
  sinkFor(options).send('streaming-demo-pin', 0, batch);

const taken = { SequenceNumber: '1', ShardId: 'shardId-0' };
const ok = (Records: readonly object[]): Answer => ({ status: 200, body: { FailedRecordCount: 0, Records } });

describe('a request', () => {
  test('contains the bytes in base64 and the key as JSON, and is signed', async () => {
    server.answers = [ok([taken, taken])];
    await send([record('{"index":7}'), { key: null, value: Buffer.from([0xff]) }]);
    const [request] = server.requests;
    expect([request?.method, request?.path]).toEqual(['PUT', '/prod/streams/streaming-demo-pin/records']);
    expect(JSON.parse(request?.body ?? '')).toEqual({
      records: [
        { data: 'eyJpbmRleCI6N30=', encoding: 'base64', 'partition-key': '7' },
        { data: '/w==', encoding: 'base64', 'partition-key': expect.stringMatching(/^[\da-f-]{36}$/) },
      ],
    });
    const expected = { ...IDENTITY, region: 'eu-west-1', service: 'execute-api' };
    expect(request && signatureProblem(request, expected)).toBeUndefined();
  });

  test('in format json contains the record unchanged', async () => {
    server.answers = [ok([taken])];
    await send([record('{"index":7, "title":"é"}')], { format: 'json' });
    expect(server.requests[0]?.body).toBe(
      '{"records":[{"data":{"index":7, "title":"é"},"partition-key":"7"}]}',
    );
  });
});

test('a stream whose first hundred shards are closed counts as one open shard, so that records are sent', async () => {
  const closed = { SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '2' } };
  const StreamDescription = { StreamStatus: 'ACTIVE', Shards: Array(100).fill(closed) };
  server.answers = [{ status: 200, body: { StreamDescription } }];
  const sink = sinkFor();
  await sink.open(['pin']);
  expect(sink.limits('streaming-demo-pin').keyed?.perSecond?.records).toBe(1000);
});

describe('the outcome of a record', () => {
  test('is the outcome that Kinesis reports', async () => {
    server.answers = [ok([taken, { ErrorCode: 'ProvisionedThroughputExceededException' }, taken])];
    expect(await send(['a', 'b', 'c'].map((value) => record(value)))).toMatchObject([
      { status: 'delivered' },
      { status: 'retriable', reason: expect.stringMatching(/throttles records at the moment/) },
      { status: 'delivered' },
    ]);
  });

  test.each<[string, Answer]>([
    ['429', { status: 429, body: { message: 'Too Many Requests' } }],
    ['504', { status: 504, body: { message: 'Endpoint request timed out' } }],
    ['a throttled call', { status: 400, body: { __type: 'ThrottlingException', message: 'x' } }],
  ])('is retriable after %s', async (_, answer) => {
    server.answers = [answer];
    expect(await send([record('a')])).toMatchObject([{ status: 'retriable' }]);
  });

  test.each<[string, Answer]>([
    ['400: Invalid request body', { status: 400, body: { message: 'Invalid request body' } }],
    ['413: Request Too Long', { status: 413, body: { message: 'Request Too Long' } }],
    ['ValidationException: no', { status: 400, body: { __type: 'ValidationException', message: 'no' } }],
  ])('is rejected if the request fails because of this record (%s)', async (reason, answer) => {
    const bad = Buffer.from('bad').toString('base64');
    server.answers = [
      ({ body }) => (body.includes(bad) ? answer : ok(JSON.parse(body).records.map(() => taken))),
    ];
    expect(await send(['a', 'b', 'bad', 'c'].map((value) => record(value)))).toEqual([
      { status: 'delivered' },
      { status: 'delivered' },
      { status: 'rejected', reason: `4 bytes, ${reason}` },
      { status: 'delivered' },
    ]);
  });
});

test('a stream that the API has no permission for is an error that names the stream and PIPELINE_ID', async () => {
  const message = 'User: arn:aws:sts::1:assumed-role/x is not authorized to perform: kinesis:PutRecords';
  server.answers = [{ status: 400, body: { __type: 'AccessDeniedException', message } }];
  await expect(send([record('a')])).rejects.toThrow(
    /^The API at http.* may not use the stream streaming-demo-pin: set PIPELINE_ID to the id that the API was/,
  );
});

test.each<[string, Answer]>([
  ['503, Service Unavailable', { status: 503, body: { message: 'Service Unavailable' } }],
  ['400, Rate exceeded', { status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } }],
])('an API that is busy at the start is an error that can be retried (%s)', async (why, answer) => {
  server.answers = [answer];
  await expect(sinkFor().open(['pin'])).rejects.toMatchObject({
    code: 'API_BUSY',
    retriable: true,
    message: `${server.url}/prod is failing at the moment (${why}): run the command again in a few minutes.`,
  });
});

test('a missing stream, and a response that is not from Kinesis, are errors of one sentence', async () => {
  server.answers = [{ status: 400, body: { __type: 'x.y#ResourceNotFoundException', message: 'Stream …' } }];
  await expect(send([record('a')])).rejects.toThrow(/^There is no stream streaming-demo-pin at http/);
  server.answers = [{ status: 200, body: { hello: 1 } }];
  await expect(send([record('a')])).rejects.toThrow(/does not respond like the API in front of Kinesis/);
});
