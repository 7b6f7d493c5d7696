/** The sink for Kafka: an idempotent producer; every request contains the records of one partition. */
import kafkajs, { type Admin, type PartitionMetadata } from 'kafkajs';
import { topicName } from '../../names.ts';
import { type Answer, sendInHalves } from './bisect.ts';
import { connectionOf, type KafkaAuth } from './kafka-auth.ts';
import { brokersOf } from './kafka-brokers.ts';
import { BATCH_HEADER, encodeInOnePass, groupedByPartition } from './kafka-encoding.ts';
import {
  explainKafka,
  isRejection,
  isRetriable,
  partitionMissing,
  topicMissing,
  typeOf,
} from './kafka-errors.ts';
import { Producers } from './kafka-producers.ts';
import {
  type BatchLimits,
  DELIVERED,
  isPending,
  type Outcome,
  type OutgoingRecord,
  type Sink,
} from './sink.ts';

// kafkajs is CommonJS and assembles its exports at run time, so Node can import it only as a default export.
const { CompressionTypes, ConfigResourceTypes, Kafka, logLevel, Partitioners } = kafkajs;

export interface KafkaOptions {
  readonly brokers: readonly string[];
  /** The pipeline's id, the first part of the names of its topics. */
  readonly id: string;
  readonly compression?: 'none' | 'gzip';
  readonly auth?: KafkaAuth;
  /** Whether to create missing topics instead of failing. */
  readonly createTopics?: boolean;
}

/**
 * The number of partitions of a topic that --create-topics or the broker on this machine creates. The default for the
 * topics of the AWS stacks is the same number.
 */
export const PARTITIONS = 3;

/** The maximum number of records in a request. kafkajs has one request in flight per broker, so large batches wait less often for a response. */
const BATCH_RECORDS = 2000;

/** Kafka's default for max.message.bytes, used if the broker does not permit reading it. */
const DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

/** The maximum overhead of a record in a batch (DefaultRecord.MAX_RECORD_OVERHEAD). */
const RECORD_OVERHEAD = 21;

/** Kafka's default for socket.request.max.bytes: the broker closes the connection on a larger request, without a response. */
const MAX_REQUEST_BYTES = 104_857_600;
const REQUEST_OVERHEAD = 1024;

/** Time limit for a connection. Short, so that a missing broker is noticed within seconds; the retry stage then retries. */
const CONNECTION_TIMEOUT_MS = 2000;
const RETRY = { retries: 2, initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 2 };

/**
 * Returns the sink, which sends with acks=all, idempotently. A request contains one partition, and a partition has one
 * request at a time. Both limits are needed: if one partition of a request is rejected, kafkajs resets the sequence numbers of
 * all partitions, and the broker would drop the next records of the other partitions as repeats.
 */
export function kafkaSink(options: KafkaOptions): Sink {
  const { brokers, id, compression = 'none', auth = { kind: 'plain' }, createTopics = false } = options;
  const kafka = new Kafka({
    ...brokersOf(brokers),
    clientId: `${id}-producer`,
    logLevel: logLevel.NOTHING,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    retry: RETRY,
    ...connectionOf(auth),
  });
  encodeInOnePass();
  const producers = new Producers(() =>
    kafka.producer({ idempotent: true, allowAutoTopicCreation: false, retry: RETRY }),
  );
  const partitionOf = Partitioners.DefaultPartitioner();
  const partitions = new Map<string, PartitionMetadata[]>();
  const maxBytes = new Map<string, number>();
  const codec = compression === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None;
  const maxBytesOf = (topic: string) => maxBytes.get(topic) ?? DEFAULT_MAX_MESSAGE_BYTES;

  const send = async (
    topic: string,
    partition: number,
    batch: readonly OutgoingRecord[],
  ): Promise<Answer<OutgoingRecord, Outcome>> => {
    try {
      const messages = groupedByPartition(partition, batch);
      const answer = await producers.send(topic, partition, batch.length, (producer) =>
        producer.send({ topic, acks: -1, compression: codec, messages }),
      );
      // kafkajs omits records, without an error, if it knows that their topic no longer has this partition.
      if (answer.length === 0) throw partitionMissing(topic, partition);
      return batch.map(() => DELIVERED);
    } catch (error) {
      if (isRejection(error)) return (record) => rejected(record, error, maxBytesOf(topic));
      const explained = explainKafka(error, brokers, auth.kind);
      if (!isRetriable(error)) throw explained;
      const outcome: Outcome = { status: 'retriable', reason: explained.message };
      return batch.map(() => outcome);
    }
  };

  return {
    target: (dataset) => topicName(id, dataset),
    lane: (topic, key) =>
      partitionOf({ topic, partitionMetadata: partitions.get(topic) ?? [], message: { key, value: null } }),
    limits: (topic): BatchLimits => ({
      records: BATCH_RECORDS,
      bytes: maxBytesOf(topic) - BATCH_HEADER,
      overhead: RECORD_OVERHEAD,
    }),
    async open(datasets) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        if (createTopics)
          await create(
            admin,
            datasets.map((dataset) => topicName(id, dataset)),
          );
        for (const dataset of datasets) {
          const topic = topicName(id, dataset);
          partitions.set(topic, await partitionsOf(admin, topic, brokers));
          maxBytes.set(topic, (await maxMessageBytes(admin, topic)) ?? DEFAULT_MAX_MESSAGE_BYTES);
        }
        await producers.connect();
      } catch (error) {
        throw explainKafka(error, brokers, auth.kind);
      } finally {
        await admin.disconnect();
      }
    },
    problem: ({ value }) =>
      value.length > MAX_REQUEST_BYTES - REQUEST_OVERHEAD
        ? tooLarge(value, MAX_REQUEST_BYTES, "the broker's socket.request.max.bytes")
        : undefined,
    send: (topic, partition, batch) => sendInHalves(batch, (part) => send(topic, partition, part), isPending),
    close: () => producers.disconnect(),
  };
}

/** Creates the missing topics with the cluster's default replication factor. */
async function create(admin: Admin, names: readonly string[]): Promise<void> {
  const there = new Set(await admin.listTopics());
  const missing = names.filter((name) => !there.has(name));
  if (missing.length === 0) return;
  const topics = missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: -1 }));
  await admin.createTopics({ topics, waitForLeaders: true });
}

async function partitionsOf(
  admin: Admin,
  topic: string,
  brokers: readonly string[],
): Promise<PartitionMetadata[]> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions ?? [];
  } catch (error) {
    throw typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ? topicMissing(topic, brokers) : error;
  }
}

/** Returns the largest batch that the topic accepts; undefined if the broker does not permit reading settings. */
async function maxMessageBytes(admin: Admin, topic: string): Promise<number | undefined> {
  const name = 'max.message.bytes';
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }],
    });
    const value = resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue;
    return value === undefined ? undefined : Number(value);
  } catch (error) {
    if (typeOf(error)?.endsWith('AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}

const tooLarge = (value: Buffer, limit: number, whose: string): string =>
  `${value.length} bytes, over ${whose} of ${limit}`;

function rejected({ value }: OutgoingRecord, error: unknown, limit: number): Outcome {
  const isTooLarge = typeOf(error) !== 'INVALID_RECORD' && value.length + BATCH_HEADER > limit;
  return {
    status: 'rejected',
    reason: isTooLarge
      ? tooLarge(value, limit, "the topic's max.message.bytes")
      : // The limit was lowered after it was read, or the record breaks a rule: for example, a compacted topic requires keys.
        `${value.length} bytes, ${typeOf(error)}: ${(error as Error).message}`,
  };
}
