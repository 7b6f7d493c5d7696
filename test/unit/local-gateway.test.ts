/** The parts of the local API gateway: the route of a request, and the variables of mapping templates. */
import { expect, test } from 'vitest';
import type { Route } from '../../local/kinesis/gateway/api.ts';
import { render } from '../../local/kinesis/gateway/app.ts';
import { match } from '../../local/kinesis/gateway/match.ts';
import { Input, util } from '../../local/kinesis/gateway/variables.ts';

const route = (words: string): Route => {
  const [method = '', path = ''] = words.split(' ');
  return { method, path, signed: true, models: {}, integration: { kind: 'http' } };
};

const ROUTES = [
  'ANY /{proxy+}',
  'GET /streams',
  'GET /streams/{stream-name}',
  'PUT /streams/{stream-name}/record',
  'PUT /streams/{stream-name}/records',
].map(route);

test.each<[string, string | undefined, object | undefined]>([
  ['GET /streams', 'GET /streams', {}],
  ['GET /streams/a%20b', 'GET /streams/{stream-name}', { 'stream-name': 'a b' }],
  ['GET /streams/%zz', 'GET /streams/{stream-name}', { 'stream-name': '%zz' }],
  ['PUT /streams/a/records', 'PUT /streams/{stream-name}/records', { 'stream-name': 'a' }],
  ['POST /streams', 'ANY /{proxy+}', { proxy: 'streams' }],
  ['POST /topics/demo.pin', 'ANY /{proxy+}', { proxy: 'topics/demo.pin' }],
  ['GET /', undefined, undefined],
])('%s is handled by route %s', (request, taken, names) => {
  const [method = '', path = ''] = request.split(' ');
  const found = match(ROUTES, method, path);
  expect(found && `${found.route.method} ${found.route.path}`).toBe(taken);
  expect(found?.names).toEqual(names);
});

test('$input returns values to iterate over, JSON as it was written, and an empty text for a missing path', () => {
  const body = '{"records":[{"data":{"n":9007199254740993,"x":1.10},"partition-key":"a\\"b"}],"none":null}';
  const parameters = {
    path: { a: 'path' },
    querystring: { a: 'query', b: 'query' },
    header: { c: 'header' },
  };
  const input = new Input(body, parameters);
  expect(input.path("$.records[0]['partition-key']")).toBe('a"b');
  expect(input.path('$.records')).toHaveLength(1);
  expect(input.json('$.records[0].data')).toBe('{"n":9007199254740993,"x":1.10}');
  expect(input.json('$.records[0].data.n.value')).toBe('""');
  expect(input.json('$.records[0].partition-key')).toBe('"a\\"b"');
  expect([input.json('$.none'), input.json('$.other'), input.path('$.other.more')]).toEqual([
    'null',
    '""',
    '',
  ]);
  expect(['a', 'b', 'c', 'd'].map((name) => input.params(name))).toEqual(['path', 'query', 'header', '']);
  expect(new Input('', parameters).path('$.records')).toBe('');
  expect(() => input.path('$..records')).toThrow(/does not support/);
});

test('$util encodes as in API Gateway, and a function that the gateway does not support is an error', () => {
  expect(util.base64Encode('é"')).toBe('w6ki');
  expect(util.urlEncode('a b&ü~')).toBe('a+b%26%C3%BC%7E');
  expect(util.escapeJavaScript('it\'s "x"\n')).toBe('it\\\'s \\"x\\"\\n');
  const template = '{ "Data": "$util.urlDecode($input.params(\'a\'))" }';
  expect(() => render(template, new Input('', { path: {}, querystring: {}, header: {} }))).toThrow(
    'The local gateway does not support $util.urlDecode.',
  );
});
