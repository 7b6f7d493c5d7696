/** The sink for a REST proxy, with a scripted HTTP server: responses, request signatures, and error messages. */
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { signatureProblem } from '../../local/aws/signature.ts';
import { makeCertificate } from '../../local/workspace/sql/certificate.ts';
import { type RestOptions, restSink } from '../../src/producer/sinks/rest.ts';
import { readSettings } from '../../src/settings.ts';
import { type Answer, type HttpRequest, ScriptedHttp } from '../fixtures/scripted-http.ts';

let server: ScriptedHttp;

beforeEach(async () => {
  server = await ScriptedHttp.start();
});

afterEach(() => server.stop());

const sinkFor = (options: Partial<RestOptions> = {}) =>
  restSink({ url: `${server.url}/prod`, setting: 'REST_URL', id: 'demo', ...options });
const record = (value: string, key: string | null = '7') => ({ key, value: Buffer.from(value) });
const send = (batch: readonly ReturnType<typeof record>[], options: Partial<RestOptions> = {}) =>
  sinkFor(options).send('demo.pin', 0, batch);

const taken = { partition: 0, offset: 1, error_code: null, error: null };
const ok = (offsets: readonly object[]): Answer => ({ status: 200, body: { offsets } });

describe('a request', () => {
  test('in format binary contains the exact bytes of key and value', async () => {
    server.answers = [ok([taken, taken])];
    await send([record('{"index":7}'), { key: null, value: Buffer.from([0xff, 0x00]) }]);
    const [{ method, path, headers, body }] = server.requests as [HttpRequest];
    expect([method, path]).toEqual(['POST', '/prod/topics/demo.pin']);
    expect(headers['content-type']).toBe('application/vnd.kafka.binary.v2+json');
    expect(JSON.parse(body)).toEqual({
      records: [{ key: 'Nw==', value: 'eyJpbmRleCI6N30=' }, { value: '/wA=' }],
    });
    expect(headers.authorization).toBeUndefined();
  });

  test('in format json contains the record unchanged and its key as a number, so that the key has no quotes in Kafka', async () => {
    server.answers = [ok([taken])];
    await send([record('{"index":7, "title":"é"}')], { format: 'json' });
    expect(server.requests[0]?.headers['content-type']).toBe('application/vnd.kafka.json.v2+json');
    expect(server.requests[0]?.body).toBe('{"records":[{"key":7,"value":{"index":7, "title":"é"}}]}');
  });

  test('in format json refuses a key that the proxy would not send unchanged', () => {
    const { problem } = sinkFor({ format: 'json' });
    const problemOf = (key: string | null) => problem?.(record('{}', key));
    for (const key of [null, '7', '0', '12345678901234567890', '["abc","7"]'])
      expect(problemOf(key)).toBeUndefined();
    for (const key of ['abc', 'true', '1.0', '1e5', '007', '{}', ''])
      expect(problemOf(key)).toMatch(/key that is not a whole number.*unset REST_FORMAT/);
  });

  test('has a signature that its receiver can verify, and an API key', async () => {
    server.answers = [ok([taken])];
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'the secret' };
    await send([record('{"index":7}')], { signed: true, region: 'eu-west-1', credentials, apiKey: 'k' });
    const [request] = server.requests as [HttpRequest];
    const expected = { ...credentials, region: 'eu-west-1', service: 'execute-api' };
    expect(signatureProblem(request, expected)).toBeUndefined();
    expect(signatureProblem({ ...request, body: `${request.body} ` }, expected)?.message).toMatch(/body/);
    expect(signatureProblem(request, { ...expected, secretAccessKey: 'other' })?.message).toMatch(
      /signature/,
    );
    expect(request.headers['x-api-key']).toBe('k');
    // A header that a server in between may change is not signed.
    expect(request.headers['accept-encoding']).toBe('identity');
    const rewritten = { ...request.headers, 'accept-encoding': 'gzip' };
    expect(signatureProblem({ ...request, headers: rewritten }, expected)).toBeUndefined();
  });
});

describe('the outcome of a record', () => {
  test('is the outcome that the proxy reports', async () => {
    server.answers = [
      ok([
        taken,
        { partition: null, offset: null, error_code: 50002, error: 'The message is too large.' },
        { partition: null, offset: null, error_code: 50003, error: 'Not the leader.' },
        { partition: null, offset: null, error_code: 2, error: 'Not the leader.' },
        taken,
      ]),
    ];
    expect(await send(['a', 'b', 'c', 'd', 'e'].map((value) => record(value)))).toEqual([
      { status: 'delivered' },
      { status: 'rejected', reason: '1 bytes, 50002: The message is too large.' },
      { status: 'retriable', reason: 'Kafka is failing at the moment (50003)' },
      { status: 'retriable', reason: 'Kafka is failing at the moment (2)' },
      { status: 'delivered' },
    ]);
  });

  test.each([
    'The message is 1205 bytes when serialized which is larger than 1048576, which is the value of the max.request.size configuration.',
    'The request included a message larger than the max message size the server will accept.',
    'The request included message batch larger than the configured segment size on the server.',
    'This record has failed the validation on the broker and hence will be rejected.',
    'One or more records have been rejected due to 1 record errors in total',
    'Compacted topic cannot accept message without key in topic partition demo.pin-0.',
  ])('is a rejection if the message is about the record: %s', async (error) => {
    server.answers = [ok([taken, { partition: null, offset: null, error_code: 50002, error }])];
    expect(await send([record('a'), record('b')])).toEqual([
      { status: 'delivered' },
      { status: 'rejected', reason: `1 bytes, 50002: ${error}` },
    ]);
  });

  test('is retriable if Kafka stored none of its batch because of another record', async () => {
    const error =
      'Failed to append record because it was part of a batch which had one more more invalid records';
    server.answers = [ok([{ partition: null, offset: null, error_code: 50002, error }])];
    expect(await send([record('a')])).toMatchObject([{ status: 'retriable' }]);
  });

  test.each([408, 429, 500, 502, 503, 504])('is retriable after status %i', async (status) => {
    server.answers = [{ status, body: { message: 'Too Many Requests' } }];
    expect(await send([record('a'), record('b')])).toMatchObject([
      { status: 'retriable' },
      { status: 'retriable' },
    ]);
  });

  test.each([400, 413, 422])(
    'that makes its request fail with status %i is found by splitting the request',
    async (status) => {
      server.answers = [
        ({ body }) => {
          const { records } = JSON.parse(body) as { records: { value: string }[] };
          const bad = records.some(({ value }) => value === Buffer.from('bad').toString('base64'));
          if (bad) return { status, body: { error_code: 42205, message: 'no good.' } };
          return ok(records.map(() => taken));
        },
      ];
      const values = ['a', 'b', 'bad', 'c', 'd'];
      expect(await send(values.map((value) => record(value)))).toEqual([
        { status: 'delivered' },
        { status: 'delivered' },
        { status: 'rejected', reason: `3 bytes, ${status}: no good` },
        { status: 'delivered' },
        { status: 'delivered' },
      ]);
    },
  );
});

describe('the error is one sentence for', () => {
  const sent = (answer: Answer, options: Partial<RestOptions> = {}) => {
    server.answers = [answer];
    return send([record('a')], options);
  };
  const awsError = (type: string, message: string): Answer => ({
    status: 403,
    body: { message },
    headers: { 'x-amzn-ErrorType': `${type}:http://internal.amazon.com/` },
  });

  test('a topic that does not exist', async () => {
    const answer = { status: 404, body: { error_code: 40401, message: 'Topic not found.' } };
    await expect(sent(answer)).rejects.toThrow(/^There is no topic demo\.pin on http.*: create it/);
  });

  const failed = (error_code: number, error: string) => ({
    offsets: [{ partition: null, offset: null, error_code, error }],
  });

  test.each([
    ['the whole request', 403, { error_code: 40301, message: 'Not authorized to access topics: [demo.pin]' }],
    ['each record', 403, failed(40301, 'Not authorized')],
    ['some records', 200, failed(40301, 'Not authorized to access topics: [demo.pin]')],
  ])('a topic that the proxy has no permission for, reported for %s', async (_, status, body) => {
    await expect(sent({ status, body })).rejects.toThrow(
      /^The REST proxy at http.* may not use the topic demo\.pin: set PIPELINE_ID to the id that the proxy was/,
    );
  });

  test.each([
    ['the whole request', 401, { error_code: 40101, message: 'Authentication failed' }],
    ['some records', 200, failed(40101, 'Authentication failed')],
  ])('a proxy that can not sign in to Kafka, reported for %s', async (_, status, body) => {
    await expect(sent({ status, body })).rejects.toThrow(
      /^The REST proxy at http.* can't sign in to Kafka \(40101\): correct the credentials of the proxy\.$/,
    );
  });

  test.each([
    'The broker received an out of order sequence number.',
    'The server experienced an unexpected error when processing the request.',
  ])('a failure of Kafka that is not about the record: %s', async (error) => {
    await expect(sent({ status: 200, body: failed(50002, error) })).rejects.toThrow(
      `Kafka did not store records of demo.pin (50002: ${error.slice(0, -1)}): look for the cause in`,
    );
  });

  test('an answer without offsets', async () => {
    await expect(sent({ status: 200, body: { offsets: null } })).rejects.toMatchObject({
      code: 'API_STRANGE',
    });
  });

  test('an API that requires a signature', async () => {
    const answer = awsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
    await expect(sent(answer)).rejects.toThrow(
      /REST_URL must be the invoke URL with its stage, and requests must be signed/,
    );
  });

  test('an API that rejects the caller, without repeating the request', async () => {
    const message = 'The request signature does not match.\n\nCanonical: x-amz-security-token:geheim';
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const error = await sent(awsError('InvalidSignatureException', message), {
      signed: true,
      region: 'eu-west-1',
      credentials,
    }).catch((reason: unknown) => reason);
    expect(String(error)).toMatch(
      /\(403, InvalidSignatureException\): the AWS credentials need the permission/,
    );
    expect(String(error)).not.toContain('geheim');
  });

  test('a server that is not a REST proxy', async () => {
    await expect(sent({ status: 200, body: 'hello' })).rejects.toThrow(
      /does not respond like a Confluent REST proxy \(200, hello\): REST_URL must be the address of/,
    );
  });

  test.each([429, 503])('a proxy that is busy at the start (%i)', async (status) => {
    server.answers = [{ status, body: { message: 'Try later.' } }];
    await expect(sinkFor().open(['pin'])).rejects.toMatchObject({
      code: 'API_BUSY',
      retriable: true,
      message: `${server.url}/prod is failing at the moment (${status}, Try later): run the command again in a few minutes.`,
    });
  });

  test('an untrusted certificate', async () => {
    const { key, cert } = await makeCertificate();
    const secure = https.createServer({ key, cert }).listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    await expect(send([record('a')], { url: address })).rejects.toThrow(
      /^The certificate of https:.* is not trusted \(\w+\): set NODE_EXTRA_CA_CERTS/,
    );
    secure.close();
  });

  test('a redirect, which is not followed, because the other server would get the API key', async () => {
    const other = await ScriptedHttp.start();
    onTestFinished(() => other.stop());
    other.answers = [ok([taken])];
    const answer = { status: 307, headers: { location: other.url }, body: {} };
    await expect(sent(answer, { apiKey: 'k' })).rejects.toThrow(/does not respond like .* \(307/);
    expect(other.requests).toEqual([]);
  });

  test('missing AWS credentials', async () => {
    const nobody = { AWS_EC2_METADATA_DISABLED: 'true', AWS_CONFIG_FILE: '/none', AWS_PROFILE: '' };
    const keys = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SHARED_CREDENTIALS_FILE: '/none' };
    for (const [name, value] of Object.entries({ ...nobody, ...keys })) vi.stubEnv(name, value);
    const sending = sent({ status: 200, body: {} }, { signed: true, region: 'eu-west-1' });
    await expect(sending).rejects.toThrow(/^There are no usable AWS credentials \(.+\): sign in with/);
    vi.unstubAllEnvs();
  });

  test('an API key without TLS, and a signature without a region', () => {
    expect(() => sinkFor({ url: 'http://example.test', apiKey: 'k' })).toThrow(/must begin with https:\/\//);
    expect(() => sinkFor({ url: 'https://example.test', signed: true })).toThrow(
      /No AWS region is configured/,
    );
  });

  test('invalid settings', () => {
    expect(() => readSettings({ REST_FORMAT: 'avro' })).toThrow(
      'The environment variable REST_FORMAT can\'t be used: expected one of binary, json, got "avro".',
    );
    expect(() => readSettings({ KAFKA_AUTH: 'magic' })).toThrow(/expected one of plain, tls, scram, iam/);
  });

  test.each([
    ['REST_URL', 'https://ann:geheim@example.test/prod', 'which belong in REST_API_KEY, AWS_PROFILE'],
    ['GATEWAY_URL', 'https://geheim@example.test/prod', 'which belong in GATEWAY_API_KEY, AWS_PROFILE'],
    ['AWS_ENDPOINT_URL_KINESIS', 'http://ann:geheim@127.0.0.1', 'which belong in AWS_PROFILE'],
    ['DATABRICKS_HOST', 'https://:geheim@example.test', 'which belong in DATABRICKS_TOKEN'],
    ['REST_URL', 'ann:geheim@example.test:8082', 'expected a URL that begins with http:// or https://'],
  ])('%s with a password, which is not repeated', (name, value, sentence) => {
    const read = () => readSettings({ [name]: value });
    expect(read).toThrow(`The environment variable ${name} can't be used: expected a URL`);
    expect(read).toThrow(sentence);
    expect(read).not.toThrow('geheim');
  });
});
