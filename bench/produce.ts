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
import { contestants, installConfluent, THIS_PRODUCER, texts } from './produce/contestants.ts';
import { median, roundsOf } from './turns.ts';

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
    const rates = new Map<string, number[]>(all.map(({ name }) => [name, []]));
    for (let round = 1; round <= rounds; round++)
      for (const { name, topics, records, send } of all) {
        const seconds = await send(broker.brokers);
        const counts = Object.values(await countRecords(broker.brokers, topics));
        const there = counts.reduce((sum, count) => sum + count, 0);
        if (there !== round * records)
          throw new Error(
            `${name}: ${round * records} records were sent, ${there} are in ${topics.join(', ')}`,
          );
        rates.get(name)?.push(records / seconds);
      }
    const ours = median(rates.get(THIS_PRODUCER) ?? []);
    for (const [name, measured] of rates) {
      const rate = median(measured);
      console.log(
        `${name.padEnd(32)}${Math.round(rate).toLocaleString('en').padStart(9)} records/s   this producer: ${(ours / rate).toFixed(2)} times the rate   (${measured.map((one) => Math.round(one)).join(', ')})`,
      );
    }
  } finally {
    await broker.stop();
    await rm(state, { recursive: true, force: true });
  }
});
