/** The API's mapping templates: every request to Kinesis is JSON, and no value can add a field to it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { render } from '../../local/kinesis/gateway/app.ts';
import { Input } from '../../local/kinesis/gateway/variables.ts';

/** Notes the JSONPaths that a template reads from the body. */
class Noted extends Input {
  readonly asked: string[] = [];
  override path(expression: string) {
    this.asked.push(expression);
    return super.path(expression);
  }
  override json(expression: string) {
    this.asked.push(expression);
    return super.json(expression);
  }
}

const inputOf = (name: string, body: object = {}) =>
  new Noted(JSON.stringify(body), { path: { 'stream-name': name }, querystring: {}, header: {} });

/** Returns the request to Kinesis. @throws SyntaxError if it is not JSON */
function requestOf(template: string, input: Input): Record<string, unknown> {
  const file = path.resolve(import.meta.dirname, `../../infra/ingress/${template}.vtl`);
  return JSON.parse(render(readFileSync(file, 'utf8'), input));
}

test('for records in base64 with plain keys, the body is read only once', () => {
  const record = { data: 'e30+/w==', encoding: 'base64', 'partition-key': '7' };
  const input = inputOf('streaming-demo-pin', { records: [record, record] });
  const { Records } = requestOf('put-records', input);
  expect(Records).toEqual(Array(2).fill({ Data: 'e30+/w==', PartitionKey: '7' }));
  expect(input.asked).toEqual(['$.records']);
});

test.each([`a' b`, `", "ExplicitHashKey": "0`, '\\u0022'])(
  'invalid base64 can not add a field to the request: %s',
  (data) => {
    const records = [{ data, encoding: 'base64', 'partition-key': '7' }];
    let body: Record<string, unknown> | undefined;
    try {
      body = requestOf('put-records', inputOf('streaming-demo-pin', { records }));
    } catch (error) {
      // Kinesis rejects a body that is not JSON.
      expect(error).toBeInstanceOf(SyntaxError);
    }
    if (body) expect(body.Records).toEqual([{ Data: data, PartitionKey: '7' }]);
  },
);

test.each([
  ['list-streams', {}, {}],
  ['one-stream', {}, { StreamName: 'streaming-demo-pin' }],
  ['create-stream', {}, { StreamName: 'streaming-demo-pin', StreamModeDetails: { StreamMode: 'ON_DEMAND' } }],
  [
    'create-stream',
    { ShardCount: 2 },
    { StreamName: 'streaming-demo-pin', StreamModeDetails: { StreamMode: 'PROVISIONED' }, ShardCount: 2 },
  ],
])('template %s makes a request to Kinesis from the body %j', (template, body, expected) => {
  expect(requestOf(template, inputOf('streaming-demo-pin', body))).toEqual(expected);
});

test("a stream's name can't add a field to the request", () => {
  expect(requestOf('one-stream', inputOf('x", "StreamARN": "y'))).toEqual({
    StreamName: 'x%22%2C+%22StreamARN%22%3A+%22y',
  });
});
