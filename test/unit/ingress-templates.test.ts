/** The API's mapping templates: every record arrives unchanged, and every request to Kinesis is JSON. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as velocity from 'velocityjs';
import { expect, test } from 'vitest';
import { util } from '../../local/kinesis/gateway/variables.ts';

/** Renders a template as API Gateway does, with the variables that templates read. A missing path gives an empty text. */
function render(
  template: string,
  name: string,
  body: Record<string, unknown> = {},
  asked: string[] = [],
): Record<string, unknown> {
  const file = path.resolve(import.meta.dirname, `../../infra/ingress/${template}.vtl`);
  const at = (expression: string): unknown => {
    asked.push(expression);
    const steps = [...expression.matchAll(/\.(\w+)|\[(\d+)\]|\['([^']+)'\]/g)];
    return steps.reduce<unknown>(
      (value, [, field, index, quoted]) =>
        (value as Record<string, unknown> | undefined)?.[field ?? index ?? quoted ?? ''],
      body,
    );
  };
  const text = velocity.render(readFileSync(file, 'utf8'), {
    input: {
      path: (expression: string) => at(expression) ?? '',
      json: (expression: string) => JSON.stringify(at(expression) ?? ''),
      params: () => name,
    },
    util: { ...util, urlEncode: (value: string) => encodeURIComponent(value) },
  });
  return JSON.parse(text) as Record<string, unknown>;
}

const decoded = (data: unknown): unknown => JSON.parse(Buffer.from(String(data), 'base64').toString());

const NASTY = [
  { title: 'it\'s "quoted" \\ and $input.json("$") #if(true) #end $x ${y}' },
  { emoji: '📌 ü 名 \u2028', nested: { deep: [1, null, { a: "'" }] } },
  'just text with "quotes"',
  [{ ind: 7 }],
];

test.each(NASTY)('a record arrives unchanged: %j', (data) => {
  const body = render('put-record', 'streaming-demo-pin', { Data: data, PartitionKey: 'a "key"\\' });
  expect(body).toMatchObject({ StreamName: 'streaming-demo-pin', PartitionKey: 'a "key"\\' });
  expect(decoded(body.Data)).toEqual(data);
});

test('each record of a batch arrives unchanged with its key', () => {
  const records = NASTY.map((data, index) => ({ data, 'partition-key': `key "${index}"` }));
  const body = render('put-records', 'streaming-demo-pin', { records });
  const sent = body.Records as { Data: string; PartitionKey: string }[];
  expect(sent.map((record) => decoded(record.Data))).toEqual(NASTY);
  expect(sent.map((record) => record.PartitionKey)).toEqual(records.map((one) => one['partition-key']));
});

test('for records in base64 with plain keys, the body is read only once', () => {
  const asked: string[] = [];
  const record = { data: 'e30+/w==', encoding: 'base64', 'partition-key': '7' };
  const body = render('put-records', 'streaming-demo-pin', { records: [record, record] }, asked);
  expect(body.Records).toEqual(Array(2).fill({ Data: 'e30+/w==', PartitionKey: '7' }));
  expect(asked).toEqual(['$.records']);
});

test.each([`a' b`, `", "ExplicitHashKey": "0`, '\\u0022'])(
  'invalid base64 can not add a field to the request: %s',
  (data) => {
    const records = [{ data, encoding: 'base64', 'partition-key': '7' }];
    let body: Record<string, unknown> | undefined;
    try {
      body = render('put-records', 'streaming-demo-pin', { records });
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
  expect(render(template, 'streaming-demo-pin', body)).toEqual(expected);
});

test("a stream's name can't add a field to the request", () => {
  expect(render('one-stream', 'x", "StreamARN": "y')).toEqual({
    StreamName: 'x%22%2C%20%22StreamARN%22%3A%20%22y',
  });
});
