/** Reads whole topics back, for tests. */
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs from 'kafkajs';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

export interface KafkaRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly line: Buffer;
}

const client = (brokers: readonly string[]) =>
  new Kafka({ brokers: [...brokers], clientId: 'reader', logLevel: logLevel.NOTHING });

/** Every record of a topic up to its present end, in the order of its partition. */
export async function readTopic(brokers: readonly string[], topic: string): Promise<KafkaRecord[]> {
  const kafka = client(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const ends = new Map<number, number>();
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic))
    if (Number(high) > Number(low)) ends.set(partition, Number(high));
  await admin.disconnect();
  const records: KafkaRecord[] = [];
  if (ends.size === 0) return records;
  const consumer = kafka.consumer({ groupId: `reader-${Math.random()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on('consumer.crash', ({ payload }) => reject(payload.error));
    const eachBatch: Parameters<typeof consumer.run>[0] = {
      eachBatch: async ({ batch: { partition, messages } }) => {
        for (const { key, value, offset } of messages) {
          records.push({ partition, key: key?.toString() ?? null, line: value ?? Buffer.alloc(0) });
          if (Number(offset) + 1 === ends.get(partition)) ends.delete(partition);
        }
        if (ends.size === 0) resolve();
      },
    };
    consumer.run(eachBatch).catch(reject);
  });
  await consumer.disconnect();
  return records;
}

/** Sets the size of the largest batch that a topic takes; resolves when the broker has heard of it from the controller. */
export async function setMaxMessageBytes(
  brokers: readonly string[],
  topic: string,
  bytes: number,
): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['max.message.bytes'] };
  const known = async () => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] });
    return Number(resources[0]?.configEntries[0]?.configValue);
  };
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
      },
    ],
  });
  while ((await known()) !== bytes) await sleep(10);
  await admin.disconnect();
}
