/** Connections to the local workspace: idle ones stay open, large and slow requests are answered. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Hono } from 'hono';
import { expect, test, vi } from 'vitest';
import { listen } from '../../local/workspace/server.ts';
import { startSqlFront } from '../../local/workspace/sql/server.ts';
import { spark, types } from '../../local/workspace/sql/wire.ts';
import { keptFor } from '../fixtures/kept-for.ts';

test('an idle connection to the SQL warehouse is never closed', async () => {
  const front = await startSqlFront({ port: 1, path: '/cliservice' }, 'token');
  try {
    const { host, port, certificate: ca } = front.place;
    expect(await keptFor(https, { host, port, ca })).toBeUndefined();
  } finally {
    await front.stop();
  }
});

test('a request that is too large gets its answer, and the connection is not reset', async () => {
  const front = await startSqlFront({ port: 1, path: '/cliservice' }, 'token');
  try {
    const { host, port, path, certificate: ca } = front.place;
    const headers = { authorization: 'Bearer token' };
    const request = https.request({ host, port, path, ca, method: 'POST', headers });
    const closed = once(request, 'close');
    request.end(Buffer.alloc(64 * 1024 * 1024));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([413, expect.stringContaining('at most')]);
    await closed;
  } finally {
    await front.stop();
  }
});

test('Spark is not called with fetch, which gives up if an answer takes more than 300 s', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('Headers Timeout Error')));
  const asked: string[] = [];
  const server = http.createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    response.writeHead(500).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    const client_protocol = types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10;
    const opened = spark({ port, path: '/secret' })(
      'OpenSession',
      new types.TOpenSessionReq({ client_protocol }),
    );
    await expect(opened).rejects.toMatchObject({ code: 'SPARK_GONE' });
    expect(asked).toEqual(['POST /secret']);
  } finally {
    server.close();
    vi.unstubAllGlobals();
  }
});

test("an idle connection to the workspace's API is never closed", async () => {
  const app = new Hono();
  const { host, close } = await listen(app, 0);
  try {
    expect(await keptFor(http, { host: '127.0.0.1', port: new URL(host).port })).toBeUndefined();
  } finally {
    await close();
  }
});
