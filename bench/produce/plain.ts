/**
 * Sends records with kafkajs in a loop, in a process that loads none of this project's code, and prints the seconds. Arguments:
 * brokers, topic, records, batch, file of the texts.
 */
import { readFileSync } from 'node:fs';
import kafkajs from 'kafkajs';

const [brokers = '', topic = '', records, batch, file = ''] = process.argv.slice(2);
const size = Number(batch);
const texts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => Buffer.from(line));
const { Kafka, logLevel } = kafkajs;
const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer();
await producer.connect();
const started = performance.now();
for (let first = 0; first < Number(records); first += size) {
  const messages = Array.from({ length: size }, (_, i) => ({
    key: String(first + i),
    value: texts[(first + i) % texts.length] as Buffer,
  }));
  await producer.send({ topic, acks: -1, messages });
}
const seconds = (performance.now() - started) / 1000;
await producer.disconnect();
console.log(seconds);
