/** Idle connections to the local workspace and to the emulated API stay open. */
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { Hono } from 'hono';
import { expect, test, vi } from 'vitest';
import { EMULATOR_CREDENTIALS } from '../../local/kinesis/emulator.ts';
import { startGateway } from '../../local/kinesis/gateway.ts';
import { listen } from '../../local/workspace/server.ts';
import { startSqlFront } from '../../local/workspace/sql/server.ts';

/** Returns the response's Keep-Alive header, such as `timeout=5`; undefined if the server never closes idle connections. */
async function keptFor(client: typeof http | typeof https, options: https.RequestOptions) {
  const agent = new client.Agent({ keepAlive: true });
  const [response] = (await once(client.request({ ...options, agent }).end(), 'response')) as [
    IncomingMessage,
  ];
  response.resume();
  await once(response, 'end');
  agent.destroy();
  expect(response.headers.connection).toBe('keep-alive');
  return response.headers['keep-alive'];
}

test('an idle connection to the SQL warehouse is never closed', async () => {
  const front = await startSqlFront({ port: 1, path: '/cliservice' }, 'token');
  try {
    const { host, port, certificate: ca } = front.place;
    expect(await keptFor(https, { host, port, ca })).toBeUndefined();
  } finally {
    await front.stop();
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

test('an idle connection to the emulated API is never closed', async () => {
  for (const [name, value] of Object.entries(EMULATOR_CREDENTIALS)) vi.stubEnv(name, value);
  const gateway = await startGateway({ id: 'idle', kinesis: 'http://127.0.0.1:2' });
  try {
    const { port } = new URL(gateway.invokeUrl);
    expect(await keptFor(http, { host: '127.0.0.1', port })).toBeUndefined();
  } finally {
    await gateway.stop();
    vi.unstubAllEnvs();
  }
});
