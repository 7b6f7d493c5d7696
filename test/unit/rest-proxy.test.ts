/** The REST proxy's emulator: how it reads a request's body, and its errors, which have Confluent's form. */
import { describe, expect, test } from 'vitest';
import { proxyApp } from '../../local/kafka/rest-proxy/app.ts';
import { topicNotFound } from '../../local/kafka/rest-proxy/errors.ts';
import { readRecords } from '../../local/kafka/rest-proxy/records.ts';

const JSON_TYPE = 'application/vnd.kafka.json.v2+json';
const BINARY_TYPE = 'application/vnd.kafka.binary.v2+json';

test('keys and values reach Kafka as serialized JSON, or as the bytes of base64', () => {
  const sent = (type: string, records: readonly object[]) =>
    readRecords(type, JSON.stringify({ records })).map(({ key, value, partition }) => [
      key && String(key),
      value && String(value),
      partition,
    ]);
  expect(
    sent(JSON_TYPE, [
      { key: 7, value: { a: 'é' } },
      { key: '7', value: null, partition: 2 },
    ]),
  ).toEqual([
    ['7', '{"a":"é"}', undefined],
    ['"7"', null, 2],
  ]);
  expect(sent(`${BINARY_TYPE}; charset=utf-8`, [{ key: 'Nw==', value: '' }, { value: 'YQ==' }])).toEqual([
    ['7', '', undefined],
    [null, 'a', undefined],
  ]);
});

test('numbers keep all their digits', () => {
  const body =
    '{"records":[{"key":9007199254740993,"value":{"n":12345678901234567890.10,"n":1e400},"partition":1}]}';
  expect(readRecords(JSON_TYPE, body)).toEqual([
    { key: Buffer.from('9007199254740993'), value: Buffer.from('{"n":1e400}'), partition: 1 },
  ]);
});

describe('errors', () => {
  const app = proxyApp({
    names: async () => ['demo.pin'],
    partitions: async () => {
      throw topicNotFound();
    },
    send: async () => {
      throw new Error('the broker is away');
    },
    close: async () => {},
  });
  const records = '{"records":[{"value":1}]}';

  test.each<[string, string, string | undefined, string | undefined, number, object]>([
    ['GET', '/elsewhere', undefined, undefined, 404, { error_code: 404, message: 'HTTP 404 Not Found' }],
    ['GET', '/topics/none', undefined, undefined, 404, { error_code: 40401, message: 'Topic not found.' }],
    ['POST', '/topics/t', 'application/json', records, 415, { error_code: 415 }],
    ['POST', '/topics/t', JSON_TYPE, '{"records":', 400, { error_code: 400 }],
    ['POST', '/topics/t', JSON_TYPE, '{"records":[]}', 422, { message: 'records may not be empty' }],
    ['POST', '/topics/t', JSON_TYPE, '{}', 422, { error_code: 422 }],
    ['POST', '/topics/t', BINARY_TYPE, '{"records":[{"value":"{}"}]}', 400, { error_code: 400 }],
    ['POST', '/topics/t', JSON_TYPE, records, 500, { message: 'Kafka error: the broker is away' }],
  ])('%s %s as %s with body %s', async (method, path, type, body, status, expected) => {
    const response = await app.request(path, {
      method,
      ...(type && { headers: { 'content-type': type } }),
      ...(body && { body }),
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject(expected);
    expect(response.headers.get('content-type')).toBe('application/vnd.kafka.v2+json');
  });
});
