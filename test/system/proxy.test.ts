/** No connection uses the proxy that the environment names. The error of a failed external connection explains this. */
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Standstill } from '../fixtures/started-command.ts';

let standstill: Standstill;
let met = 0;
const proxy = net.createServer((socket) => {
  met += 1;
  socket.destroy();
});

beforeAll(async () => {
  standstill = await new Standstill().open();
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  proxy.close();
  standstill.close();
});

const environment = () => {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    ALL_PROXY: url,
    http_proxy: url,
    https_proxy: url,
    all_proxy: url,
  };
};

test.concurrent.each([
  [['produce', 'rest', '--count', '1'], { REST_URL: 'http://127.0.0.1:2' }],
  [['streams'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:2' }],
  [['bundle', 'plan', 'free', '--without-cli'], { DATABRICKS_HOST: 'http://127.0.0.1:2' }],
])('%j with the local address %j does not use the proxy, and the error has no note', async (words, env) => {
  const command = standstill.start(words, { env: { ...environment(), ...env } });
  const { code, text } = await command.ended();
  expect(code).toBe(1);
  expect(text).toContain('ECONNREFUSED');
  expect(text).not.toContain('note:');
  expect(met).toBe(0);
});

test.concurrent.each([
  [['produce', 'rest', '--count', '1'], { REST_URL: 'https://api.invalid' }],
  [['streams'], { AWS_ENDPOINT_URL: 'https://kinesis.invalid' }],
  [['bundle', 'plan', 'free', '--without-cli'], { DATABRICKS_HOST: 'https://workspace.invalid' }],
])(
  '%j with the external address %j does not use the proxy, and a note in the error explains this',
  async (words, env) => {
    const command = standstill.start(words, { env: { ...environment(), ...env } });
    const { code, text } = await command.ended();
    expect(code).toBe(1);
    expect(text).toMatch(/\nnote: \w+ is set, and connections to .* do not go through a proxy\./);
    expect(met).toBe(0);
  },
);
