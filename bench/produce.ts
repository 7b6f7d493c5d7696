/**
 * Measures how fast records are delivered into Kafka. The contestants run alternately on one broker: this producer, Kafka's own
 * performance tool, librdkafka from Python, and kafkajs in a loop. Trust the ratios, not the figures. Usage:
 * `npx tsx bench/produce.ts [rounds]`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { install } from '../local/install/install.ts';
import { countRecords, createTopics, startBroker } from '../local/kafka/broker.ts';
import { runAsProgram } from '../src/exit.ts';
import { readSettings } from '../src/settings.ts';
import { contestants, installConfluent } from './produce/contestants.ts';
import { texts } from './produce/texts.ts';
import { alternately, printRates, roundsOf } from './turns.ts';

await runAsProgram(async () => {
  const rounds = roundsOf(
    'produce',
    'Records a second into Kafka: this producer and others, alternately on one broker.',
    3,
  );
  const settings = readSettings();
  const installed = await install(settings);
  const confluent = await installConfluent(installed, settings.cache);
  const state = await mkdtemp(path.join(os.tmpdir(), 'bench-produce-'));
  const file = path.join(state, 'texts');
  await writeFile(file, texts.map((text) => `${text}\n`).join(''));
  const broker = await startBroker({ installed, state });
  try {
    const all = contestants(installed, file, confluent);
    await createTopics(
      broker.brokers,
      all.flatMap(({ topics }) => topics),
    );
    const sent = new Map<string, number>();
    const rates = await alternately(all, { rounds, warmUp: 0 }, async ({ name, topics, records, send }) => {
      const seconds = await send(broker.brokers);
      const expected = (sent.get(name) ?? 0) + records;
      sent.set(name, expected);
      const counts = Object.values(await countRecords(broker.brokers, topics));
      const there = counts.reduce((sum, count) => sum + count, 0);
      if (there !== expected)
        throw new Error(`${name}: ${expected} records were sent, ${there} are in ${topics.join(', ')}`);
      return records / seconds;
    });
    printRates(rates);
  } finally {
    await broker.stop();
    await rm(state, { recursive: true, force: true });
  }
});
