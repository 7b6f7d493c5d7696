/** The broker on this machine: it keeps its topics, reports a port in use, and ends with the process that started it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Installed, install } from '../../local/install/install.ts';
import { createTopics, startBroker } from '../../local/kafka/broker.ts';
import { readSettings } from '../../src/settings.ts';
import { isProcessAlive } from '../../src/wait.ts';
import { readTopic } from '../fixtures/produce-topics.ts';
import { until } from '../fixtures/until.ts';

let folder: string;
let installed: Installed;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  installed = await install(readSettings());
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a killed broker starts again on the same port with the same records', async () => {
  const state = path.join(folder, 'kept');
  const first = await startBroker({ installed, state });
  await createTopics(first.brokers, ['kept.pin'], 2);
  const producer = new kafkajs.Kafka({ brokers: [...first.brokers] }).producer();
  await producer.connect();
  await producer.send({ topic: 'kept.pin', messages: [{ partition: 1, value: 'here' }] });
  await producer.disconnect();
  process.kill(first.pid, 'SIGKILL');
  await until(() => !isProcessAlive(first.pid));
  const second = await startBroker({ installed, state });
  await createTopics(second.brokers, ['kept.pin', 'kept.geo'], 3);
  const records = await readTopic(second.brokers, 'kept.pin');
  await second.stop();
  expect(second.brokers).toEqual(first.brokers);
  expect(records.map(({ partition, line }) => [partition, String(line)])).toEqual([[1, 'here']]);
});

test('a broker ends when the process that started it is killed', async () => {
  const program = path.join(folder, 'starter.mts');
  const module = pathToFileURL(path.resolve('local/kafka/broker.ts')).href;
  const options = JSON.stringify({ installed, state: path.join(folder, 'orphan') });
  await writeFile(
    program,
    `import { startBroker } from '${module}';\nconsole.log((await startBroker(${options})).pid);\n`,
  );
  const starter = spawn(process.execPath, ['--import', 'tsx', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [bytes] = (await once(starter.stdout, 'data')) as [Buffer];
  const pid = Number(bytes);
  expect(isProcessAlive(pid)).toBe(true);
  starter.kill('SIGKILL');
  await until(() => !isProcessAlive(pid));
});

test('a port in use is reported in one sentence', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const start = startBroker({ installed, state: path.join(folder, 'taken'), port });
  await expect(start).rejects.toThrow(
    `Kafka can't listen on 127.0.0.1:${port}: another program uses the port; stop it or choose another port.`,
  );
  server.close();
});

test('a broker starts with new ports if another program takes one before Kafka uses it', async () => {
  const home = path.join(folder, 'java');
  const java = path.join(installed.java, 'bin', 'java');
  const state = path.join(folder, 'lost');
  const taker = path.join(folder, 'taker.cjs');
  await mkdir(path.join(home, 'bin'), { recursive: true });
  // At its first start, Kafka finds another listener on its controller's port.
  await writeFile(path.join(home, 'bin', 'java'), launcher(java, taker), { mode: 0o755 });
  await writeFile(taker, TAKER);
  const listeners = vi.fn(async () => ({ ports: {}, properties: {}, format: [], classes: '.' }));
  const broker = await startBroker({ installed: { ...installed, java: home }, state, listeners });
  expect(listeners, 'other ports for the second start').toHaveBeenCalledTimes(2);
  await createTopics(broker.brokers, ['lost.pin'], 1);
  await broker.stop();
  const taken = await readFile(path.join(state, 'taken'), 'utf8');
  const log = await readFile(path.join(state, 'broker.log'), 'utf8');
  expect(log).toContain(`127.0.0.1:${taken}: Address already in use`);
});

const launcher = (java: string, taker: string) => `#!/bin/sh
case "$*" in
  *kafka.Kafka*) [ -e taken ] || exec "${process.execPath}" "${taker}" "${java}" "$@" ;;
esac
exec "${java}" "$@"
`;

const TAKER = String.raw`
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const [java, ...args] = process.argv.slice(2);
const [, port] = /CONTROLLER:\/\/127\.0\.0\.1:(\d+)/.exec(fs.readFileSync('server.properties', 'utf8'));
fs.writeFileSync('taken', port);
require('node:net').createServer().listen(Number(port), '127.0.0.1', () => {
  process.exit(spawnSync(java, args, { stdio: 'inherit' }).status ?? 1);
});
`;
