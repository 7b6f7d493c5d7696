/** The broker on this machine: it keeps its topics, reports a port in use, and ends with the process that started it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, install } from '../../local/install/install.ts';
import { createTopics, startBroker } from '../../local/kafka/broker.ts';
import { readSettings } from '../../src/settings.ts';
import { readTopic } from '../fixtures/produce-topics.ts';

let folder: string;
let installed: Installed;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'broker-'));
  installed = await install(readSettings());
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(20);
  }
}

test('a killed broker starts again on the same port with the same records', async () => {
  const state = path.join(folder, 'kept');
  const first = await startBroker({ installed, state });
  await createTopics(first.brokers, ['kept.pin'], 2);
  const producer = new kafkajs.Kafka({ brokers: [...first.brokers] }).producer();
  await producer.connect();
  await producer.send({ topic: 'kept.pin', messages: [{ partition: 1, value: 'here' }] });
  await producer.disconnect();
  process.kill(first.pid, 'SIGKILL');
  await untilGone(first.pid);
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
  expect(process.kill(pid, 0)).toBe(true);
  starter.kill('SIGKILL');
  await untilGone(pid);
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
