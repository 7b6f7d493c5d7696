/** Network addresses as users write them, and the reasons of failed connections. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { isBadPort } from '../../src/address.ts';
import { connect } from '../../src/databricks/client.ts';
import { readConnection } from '../../src/databricks/connection.ts';
import { certificateProblem, isLoopback, networkFailure } from '../../src/network.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { cleanEnvironment, readSettings } from '../../src/settings.ts';
import { ScriptedHttp } from '../fixtures/scripted-http.ts';

test.each([
  ['localhost', true],
  ['LOCALHOST', true],
  ['app.localhost', true],
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['[::1]', true],
  ['::ffff:127.0.0.1', true],
  ['128.0.0.1', false],
  ['127.0.0.1.example.test', false],
  ['::2', false],
  ['localhost.example.test', false],
])('%s is loopback: %s', (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

test.each([
  ['KAFKA_BROKERS', '::1:9092', /in brackets as in \[::1\]:9092/],
  ['KAFKA_BROKERS', 'broker', /expected host:port/],
  ['KAFKA_BROKERS', 'broker:0', /a port from 1 to 65535/],
  ['KAFKA_BROKERS', 'broker:65536', /a port from 1 to 65535/],
  ['KAFKA_BROKERS', 'http://broker:9092', /expected host:port/],
  ['KAFKA_BROKERS', ',', /expected host:port/],
  ['KAFKA_BROKERS', '"broker:9092"', /quotation marks around its value/],
  ['REST_URL', 'http://::1:8082', /an IPv6 address in brackets/],
  ['REST_URL', 'http://proxy:65536', /a port from 1 to 65535/],
  ['REST_URL', 'http://proxy:0', /a port from 1 to 65535/],
  ['REST_URL', 'http://proxy:6666', /a port other than 6666, which HTTP clients block/],
  ['REST_URL', 'proxy:8082', /begins with http/],
  ['REST_URL', 'http://', /a host name/],
  ['GATEWAY_URL', 'https://api.test/prod?x=1', /without \? and #/],
  ['DATABRICKS_HOST', 'https://adb-1.test/?o=1', /without \? and #/],
  ['AWS_REGION', "'eu-west-1'", /quotation marks/],
])('%s=%s is rejected with a sentence', (name, value, sentence) => {
  const reading = () => readSettings({ [name]: value });
  expect(reading).toThrow(sentence);
  expect(reading).toThrow(name);
});

test('blanks and line ends around a value are removed', () => {
  const settings = readSettings({
    AWS_REGION: 'eu-west-1 ',
    REST_URL: '\u00a0http://[::1]:8082//\r',
    KAFKA_BROKERS: ' [::1]:9092 , broker:9093\r\n',
    DATABRICKS_HOST: ' \t',
    KAFKA_PASSWORD: ' "a b" \r',
  });
  expect(settings.aws.region).toBe('eu-west-1');
  expect(settings.rest.url).toBe('http://[::1]:8082');
  expect(settings.brokers).toEqual(['[::1]:9092', 'broker:9093']);
  expect(settings.databricks.host).toBeUndefined();
  expect(settings.named.has('DATABRICKS_HOST')).toBe(false);
  expect(settings.kafka.password).toBe(' "a b" ');
});

test('a default below a user folder follows the given environment; an empty variable counts as unset', () => {
  expect(readSettings({ XDG_CONFIG_HOME: '/given' }).databricks.local).toMatch(/^\/given\//);
  vi.stubEnv('XDG_CONFIG_HOME', '/of/the/process');
  const unset = readSettings({}).databricks.local;
  expect(unset).not.toContain('/of/the/process');
  expect(readSettings({ XDG_CONFIG_HOME: '' }).databricks.local).toBe(unset);
  vi.unstubAllEnvs();
});

test('only the variables that the AWS SDK reads are cleaned in the environment', () => {
  const env = { AWS_ACCESS_KEY_ID: 'key\r', AWS_PROFILE: ' ', BUNDLE_VAR_x: ' y ', OTHER: ' z ' };
  cleanEnvironment(env);
  expect(env).toEqual({ AWS_ACCESS_KEY_ID: 'key', BUNDLE_VAR_x: ' y ', OTHER: ' z ' });
});

test.each([
  [{}, {}],
  [{ HTTPS_PROXY: 'http://proxy.test:3128' }, { NO_PROXY: 'localhost,127.0.0.1,[::1],::1' }],
  [
    { http_proxy: 'http://proxy.test:3128', no_proxy: 'a.test, 127.0.0.1' },
    { NO_PROXY: 'a.test,127.0.0.1,localhost,[::1],::1' },
  ],
  [{ ALL_PROXY: 'http://proxy.test:3128', NO_PROXY: '*' }, { NO_PROXY: '*' }],
  [{ ALL_PROXY: 'http://proxy.test:3128', no_proxy: '', NO_PROXY: '*' }, { NO_PROXY: '*' }],
])('with %j this machine is exempt from a proxy', (env, { NO_PROXY }: { NO_PROXY?: string }) => {
  const cleaned: NodeJS.ProcessEnv = { ...env };
  cleanEnvironment(cleaned);
  expect([cleaned.NO_PROXY, cleaned.no_proxy]).toEqual([NO_PROXY, NO_PROXY]);
});

test('ports that fetch rejects are recognized', async () => {
  for (const port of [1, 22, 6000, 6666, 10080]) {
    const error = await fetch(`http://127.0.0.1:${port}`).catch((thrown: unknown) => thrown);
    expect(networkFailure(error)).toBe('bad port');
    expect(isBadPort(port)).toBe(true);
  }
});

test('the reason for a failed connection is named, and a bug is not reported as a failed connection', async () => {
  const refused = await fetch('http://127.0.0.1:2').catch((thrown: unknown) => thrown);
  expect(networkFailure(refused)).toBe('ECONNREFUSED');
  expect(networkFailure(Object.assign(new Error('no file'), { code: 'ENOENT' }))).toBeUndefined();
  expect(networkFailure(new TypeError('x is not a function'))).toBeUndefined();
  const untrusted = new TypeError('fetch failed', {
    cause: Object.assign(new Error('self-signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
  });
  expect(certificateProblem(untrusted)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(certificateProblem(refused)).toBeUndefined();
});

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) of a workspace is an error, and the token goes to no other host',
  async (status) => {
    const [workspace, other] = [await ScriptedHttp.start(), await ScriptedHttp.start()];
    const client = connect({ host: workspace.url, token: 'token' });
    try {
      for (const location of ['/login', other.url.replace('127.0.0.1', 'localhost')]) {
        workspace.answers = [{ status, headers: { location }, body: {} }];
        await expect(client.call((sdk) => sdk.currentUser.me())).rejects.toThrow(
          `${workspace.url} does not answer as a Databricks workspace does`,
        );
        workspace.answers = [{ status, headers: { location }, body: {} }];
        await expect(client.request('PUT', '/api/2.0/fs/files/x', Buffer.from('x'))).rejects.toThrow(
          `${workspace.url} does not answer as a Databricks workspace does`,
        );
      }
      expect(other.requests).toEqual([]);
    } finally {
      await Promise.all([workspace.stop(), other.stop()]);
    }
  },
);

test('the file of a workspace that was killed is ignored, because another program may have its port', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'connection-'));
  const file = path.join(folder, 'local.json');
  const { databricks } = readSettings({ PIPELINE_LOCAL: file });
  const written = { host: 'http://127.0.0.1:4480', token: 'token', pid: process.pid };
  writeFileSync(file, JSON.stringify(written));
  expect(await readConnection({ databricks })).toEqual(written);
  const ended = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(file, JSON.stringify({ ...written, pid: ended }));
  await expect(readConnection({ databricks })).rejects.toThrow('No workspace is configured');
  rmSync(folder, { recursive: true });
});

test('a token is sent without TLS only to this machine', async () => {
  const to = (host: string) =>
    readConnection(readSettings({ DATABRICKS_HOST: host, DATABRICKS_TOKEN: 'token' }));
  for (const host of ['http://[::1]:4480', 'http://127.0.0.1:4480'])
    expect(await to(host)).toMatchObject({ host });
  await expect(to('http://workspace.test')).rejects.toThrow('the token would be sent in clear text');
});

test('a Kafka broker can have an IPv6 address', async () => {
  const server = net.createServer((socket) => socket.destroy());
  server.listen(0, '::1');
  await once(server, 'listening');
  const met = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const sink = kafkaSink({ brokers: [`[::1]:${port}`], id: 'demo' });
  await expect(sink.open(['pin'])).rejects.toThrow(`[::1]:${port}`);
  await met;
  await sink.close();
  server.close();
});
