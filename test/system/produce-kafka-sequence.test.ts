/** The sink for Kafka with a real broker, beyond the last sequence number of a producer. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { install } from '../../local/install/install.ts';
import { createTopics, startBroker } from '../../local/kafka/broker.ts';
import { kafkaSink } from '../../src/producer/sinks/kafka.ts';
import { DELIVERED } from '../../src/producer/sinks/sink.ts';
import { readSettings } from '../../src/settings.ts';
import { readTopic } from '../fixtures/produce-topics.ts';

/** The last sequence number, instead of 2,147,483,647. kafkajs reads it when it is loaded. */
const LAST = await vi.hoisted(async () => {
  const { createRequire } = await import('node:module');
  const constants = createRequire(import.meta.url)('kafkajs/src/constants.js');
  constants.INT_32_MAX_VALUE = 2500;
  return 2500;
});

test('records beyond the last sequence number arrive once and in order, in each partition', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sequence-'));
  const broker = await startBroker({
    installed: await install(readSettings()),
    state: path.join(folder, 'kafka'),
  });
  try {
    await createTopics(broker.brokers, ['run.pin'], 2);
    const sink = kafkaSink({ brokers: broker.brokers, id: 'run' });
    await sink.open(['pin']);
    const lines = Array.from({ length: 3 * LAST }, (_, n) => String(n));
    for (let start = 0; start < lines.length; start += 1000) {
      const batch = lines.slice(start, start + 1000).map((line) => ({ key: null, value: Buffer.from(line) }));
      const sent = await Promise.all([0, 1].map((partition) => sink.send('run.pin', partition, batch)));
      expect(sent.flat().filter((outcome) => outcome !== DELIVERED)).toEqual([]);
    }
    await sink.close();
    const arrived = await readTopic(broker.brokers, 'run.pin');
    for (const partition of [0, 1]) {
      const own = arrived.filter((record) => record.partition === partition);
      expect(own.map(({ line }) => line.toString())).toEqual(lines);
    }
  } finally {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
});
