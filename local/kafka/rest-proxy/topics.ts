/** The proxy's access to Kafka: lists topics and partitions, and sends records, those of each partition separately. */
import kafkajs, { type Message, type PartitionMetadata } from 'kafkajs';
import { type Answer, sendInHalves } from '../../../src/producer/sinks/bisect.ts';
import { brokersOf } from '../../../src/producer/sinks/kafka-brokers.ts';
import { isRejection, isRetriable, typeOf } from '../../../src/producer/sinks/kafka-errors.ts';
import { KAFKA_ERROR, KAFKA_RETRIABLE_ERROR, partitionNotFound, topicNotFound } from './errors.ts';
import type { ProxyRecord } from './records.ts';

const { Kafka, logLevel, Partitioners } = kafkajs;

/** The result of one record, with the API's field names. */
interface Offset {
  readonly partition: number | null;
  readonly offset: number | null;
  readonly error_code: number | null;
  readonly error: string | null;
}

export interface Topics {
  names(): Promise<string[]>;
  /** @throws ProxyError 404 */
  partitions(topic: string): Promise<readonly PartitionMetadata[]>;
  /** Resolves with one offset per record, in the order of the records. @throws ProxyError 404 */
  send(topic: string, records: readonly ProxyRecord[]): Promise<Offset[]>;
  close(): Promise<void>;
}

const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500 };

/**
 * Connects to Kafka. The proxy chooses the partition of each record itself, from the bytes of the key, as Kafka's Java
 * client does. It must know the partition, because kafkajs returns only the offset of the first record in each
 * partition. The proxy computes the other offsets from it.
 */
export async function connectTopics(brokers: readonly string[]): Promise<Topics> {
  const kafka = new Kafka({
    ...brokersOf(brokers),
    clientId: 'rest-proxy',
    logLevel: logLevel.NOTHING,
    retry: RETRY,
  });
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: RETRY });
  await admin.connect();
  await producer.connect();
  /** The partitions that records are sent to. kafkajs also learns of new partitions only after minutes. */
  const known = new Map<string, PartitionMetadata[]>();
  const partitionOf = Partitioners.DefaultPartitioner();

  const partitions = async (topic: string): Promise<PartitionMetadata[]> => {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]?.partitions ?? [];
    } catch (error) {
      throw typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ? topicNotFound() : error;
    }
  };

  const sendPart = async (
    topic: string,
    partition: number,
    part: readonly Message[],
  ): Promise<Answer<Message, Offset>> => {
    try {
      const messages = part.map((message) => ({ ...message, partition }));
      const [answer] = await producer.send({ topic, acks: -1, messages });
      // kafkajs omits records, without an error, if it knows that their topic no longer has this partition.
      if (answer === undefined) {
        known.delete(topic);
        const error = `Topic ${topic} no longer has partition ${partition}.`;
        return part.map(() => ({ partition: null, offset: null, error_code: KAFKA_RETRIABLE_ERROR, error }));
      }
      const base = Number(answer.baseOffset);
      return part.map((_, n) => ({ partition, offset: base + n, error_code: null, error: null }));
    } catch (error) {
      const code = isRetriable(error) ? KAFKA_RETRIABLE_ERROR : KAFKA_ERROR;
      const offset = { partition: null, offset: null, error_code: code, error: (error as Error).message };
      return isRejection(error) ? () => offset : part.map(() => offset);
    }
  };

  return {
    names: () => admin.listTopics(),
    partitions,
    async send(topic, records) {
      const partitionMetadata = known.get(topic) ?? (await partitions(topic));
      known.set(topic, partitionMetadata);
      const parts = new Map<number, number[]>();
      records.forEach(({ key, value, partition }, index) => {
        const chosen = partition ?? partitionOf({ topic, partitionMetadata, message: { key, value } });
        if (!partitionMetadata.some(({ partitionId }) => partitionId === chosen)) throw partitionNotFound();
        const part = parts.get(chosen);
        if (part) part.push(index);
        else parts.set(chosen, [index]);
      });
      const offsets: Offset[] = [];
      await Promise.all(
        [...parts].map(async ([partition, indexes]) => {
          const part = indexes.map((index) => records[index] as Message);
          const send = (some: readonly Message[]) => sendPart(topic, partition, some);
          const sent = await sendInHalves(part, send, () => false);
          indexes.forEach((index, n) => {
            offsets[index] = sent[n] as Offset;
          });
        }),
      );
      return offsets;
    },
    async close() {
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}
