/** The servers on this machine, which a browser can reach: they answer programs, not web pages. */
import { once } from 'node:events';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEndpoint, openStreams } from '../../local/streams.ts';
import { type Listening, listen } from '../../local/workspace/server.ts';

async function answerTo(server: string, options: RequestOptions): Promise<IncomingMessage> {
  const request = http.request(server, { agent: false, ...options }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response;
}

const FOREIGN = [{ origin: 'https://page.test' }, { origin: 'null' }, { host: 'rebound.test:4567' }];

describe('the Kinesis emulator', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator();
  });
  afterAll(() => emulator.stop());

  test('refuses the preflight request of a web page', async () => {
    const headers = { origin: 'https://page.test', 'access-control-request-method': 'POST' };
    const response = await answerTo(emulator.endpoint, { method: 'OPTIONS', headers });
    expect(response.statusCode).toBe(403);
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test.each(FOREIGN)('refuses a request with %o', async (headers) => {
    const response = await answerTo(emulator.endpoint, { method: 'POST', headers });
    expect([response.statusCode, response.headers['x-amzn-requestid']]).toEqual([403, undefined]);
  });

  test('serves the AWS SDK', async () => {
    expect(Number(await openStreams(emulatorEndpoint(emulator.endpoint), 'own'))).toBeGreaterThan(0);
  });
});

describe('a server of serveApp', () => {
  let server: Listening;
  beforeAll(async () => {
    server = await listen(
      new Hono().get('/', (c) => c.text('served')),
      0,
    );
  });
  afterAll(() => server.close());

  test.each(FOREIGN)('refuses a request with %o', async (headers) => {
    expect((await answerTo(server.host, { headers })).statusCode).toBe(403);
  });

  test.each(['localhost', 'localhost:8082', '127.0.0.1:8082', '[::1]:8082'])(
    'serves Host: %s',
    async (host) => {
      expect((await answerTo(server.host, { headers: { host } })).statusCode).toBe(200);
    },
  );

  test('serves fetch', async () => {
    expect(await (await fetch(server.host)).text()).toBe('served');
  });
});
