/**
 * The running sink: reads its topics, passes batches to their partitions, and closes objects regularly and on request.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Admin, type Consumer, type EachBatchPayload, Kafka, logLevel } from 'kafkajs';
import { namesIn } from '../../../src/files/read.ts';
import { brokersOf } from '../../../src/producer/sinks/kafka-brokers.ts';
import { isProcessAlive, waitUntil } from '../../../src/wait.ts';
import type { SinkConfig } from './config.ts';
import { Partition, type Watermarks } from './partition.ts';

/** Interval between two checks for new topics. Kafka Connect's consumers check only every five minutes. */
const TOPICS_POLL_MS = 1000;

/**
 * How long to wait for the first topic: five minutes, the interval at which Kafka Connect's consumers check for topics.
 * A topic that is missing for longer was misspelt or never created.
 */
const TOPICS_TIMEOUT_MS = 5 * 60_000;

const DRAIN_POLL_MS = 50;

/** A drain fails if no record was read or landed for this long. A restart of the broker takes less time. */
const DRAIN_TIMEOUT_MS = 3 * 60_000;

/**
 * How long a fetch waits for records. It is shorter than kafkajs's default of 5 s, because kafkajs can't stop before
 * the running fetch has ended.
 */
const FETCH_WAIT_MS = 250;

export class SinkTask {
  readonly #config: SinkConfig;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #scratch: string;
  readonly #partitions = new Map<string, Partition>();
  #topics: readonly string[] = [];
  #looking: Promise<boolean> | undefined;
  /** Rejects with an error that the sink can't recover from. */
  readonly failed: Promise<never>;
  #fail: (error: unknown) => void = () => {};

  constructor(config: SinkConfig, brokers: readonly string[]) {
    this.#config = config;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    const kafka = new Kafka({ clientId: config.name, ...brokersOf(brokers), logLevel: logLevel.NOTHING });
    this.#admin = kafka.admin();
    // Each process has its own consumer group, so it doesn't wait until the session of a killed sink has ended.
    this.#consumer = kafka.consumer({
      groupId: `connect-${config.name}-${randomUUID()}`,
      maxWaitTimeInMs: FETCH_WAIT_MS,
    });
    this.#scratch = path.join(config.bucket, '.sink', `${config.name}-${process.pid}`);
  }

  /** Resolves when the first topics exist and are being read. */
  async start(): Promise<void> {
    await sweep(path.dirname(this.#scratch));
    await mkdir(this.#scratch, { recursive: true });
    await this.#admin.connect();
    await this.#consumer.connect();
    this.#consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) this.#fail(payload.error);
    });
    await waitUntil(() => this.#readNewTopics(), {
      what: `a topic that the connector ${this.#config.name} reads`,
      timeoutMs: TOPICS_TIMEOUT_MS,
      intervalMs: TOPICS_POLL_MS,
    });
    const everySoOften = async () => {
      for (;;) {
        await setTimeout(TOPICS_POLL_MS, undefined, { ref: false });
        await this.#readNewTopics().catch(() => {}); // the consumer reports a broker that is unreachable
      }
    };
    void everySoOften();
    if (this.#config.rotateMs !== undefined) void this.#rotate(this.#config.rotateMs);
  }

  /** Number of records that this process has landed. */
  get landed(): number {
    return [...this.#partitions.values()].reduce((sum, { landed }) => sum + landed, 0);
  }

  /** Lands all records that the topics contain now. */
  async drain(): Promise<void> {
    await this.#readNewTopics();
    const ends: { partition: Partition; high: bigint }[] = [];
    for (const topic of this.#topics)
      for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(topic))
        if (low !== high) ends.push({ partition: this.#partition(topic, partition), high: BigInt(high) });
    const place = () => ends.map(({ partition: { next, landedUpTo } }) => `${next} ${landedUpTo}`).join();
    const isLanded = () => ends.every(({ partition, high }) => partition.landedUpTo >= high);
    while (!isLanded()) {
      const before = place();
      const hasMoved = async () => {
        if (ends.every(({ partition, high }) => partition.next >= high)) await this.#flush();
        return place() !== before;
      };
      await waitUntil(hasMoved, {
        what: `more records of ${this.#topics.join(', ')} to land`,
        timeoutMs: DRAIN_TIMEOUT_MS,
        intervalMs: DRAIN_POLL_MS,
      });
    }
  }

  /** Ends without landing the open objects; the next sink reads their records again. */
  async stop(): Promise<void> {
    await this.#consumer.disconnect();
    for (const partition of this.#partitions.values()) await partition.close();
    await this.#admin.disconnect();
    await rm(this.#scratch, { recursive: true, force: true });
  }

  /** Starts to read the topics that were created since the last call. @returns whether any topic is being read */
  #readNewTopics(): Promise<boolean> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<boolean> {
    const topics = (await this.#admin.listTopics()).filter((topic) => this.#config.takes(topic));
    if (topics.some((topic) => !this.#topics.includes(topic))) {
      await this.#consumer.stop();
      await this.#consumer.subscribe({ topics, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#take(payload).catch(this.#fail),
      });
      this.#topics = topics; // set last, so that a failed attempt is repeated
    }
    return topics.length > 0;
  }

  async #take({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const elsewhere = await this.#partition(topic, partition).take(batch.messages);
    if (elsewhere !== undefined) this.#consumer.seek({ topic, partition, offset: String(elsewhere) });
    else resolveOffset(batch.lastOffset());
    await heartbeat();
  }

  #partition(topic: string, number: number): Partition {
    const key = `${topic}+${number}`;
    const known = this.#partitions.get(key);
    if (known) return known;
    const { bucket, topicsDir, flushSize } = this.#config;
    const partition = new Partition({
      topic,
      partition: number,
      folder: {
        path: path.join(bucket, topicsDir, topic, `partition=${number}`),
        topic,
        partition: number,
      },
      scratch: this.#scratch,
      flushSize,
      watermarks: () => this.#watermarks(topic, number),
    });
    this.#partitions.set(key, partition);
    return partition;
  }

  async #watermarks(topic: string, partition: number): Promise<Watermarks> {
    const offsets = await this.#admin.fetchTopicOffsets(topic);
    const row = offsets.find((offset) => offset.partition === partition);
    return { low: BigInt(row?.low ?? 0), high: BigInt(row?.high ?? 0) };
  }

  async #flush(): Promise<void> {
    for (const partition of this.#partitions.values()) {
      const elsewhere = await partition.flush();
      const { topic, number } = partition;
      if (elsewhere !== undefined)
        this.#consumer.seek({ topic, partition: number, offset: String(elsewhere) });
    }
  }

  /** Closes all open objects whenever the clock passes a multiple of the interval. */
  async #rotate(intervalMs: number): Promise<void> {
    for (;;) {
      await setTimeout(intervalMs - (Date.now() % intervalMs), undefined, { ref: false });
      await this.#flush().catch(this.#fail);
    }
  }
}

/** Removes the scratch folders of killed sinks. */
async function sweep(folder: string): Promise<void> {
  for (const name of await namesIn(folder))
    if (!isProcessAlive(Number(name.split('-').at(-1))))
      await rm(path.join(folder, name), { recursive: true, force: true });
}
