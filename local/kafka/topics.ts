/** Creates topics, counts their records, and waits until a broker is ready. */
import { type Admin, Kafka, logLevel, type RetryOptions } from 'kafkajs';
import { PARTITIONS } from '../../src/producer/sinks/kafka.ts';
import { brokersOf } from '../../src/producer/sinks/kafka-brokers.ts';
import { waitUntil } from '../../src/wait.ts';

/** Creates the topics that do not exist yet; existing topics stay unchanged. */
export async function createTopics(
  brokers: readonly string[],
  names: readonly string[],
  partitions = PARTITIONS,
): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const there = new Set(await admin.listTopics());
    const missing = names.filter((name) => !there.has(name));
    if (missing.length === 0) return;
    await admin.createTopics({
      topics: missing.map((topic) => ({ topic, numPartitions: partitions })),
      waitForLeaders: true,
    });
  });
}

/** Returns the number of records that were ever written to each topic. */
export async function countRecords(
  brokers: readonly string[],
  topics: readonly string[],
): Promise<Record<string, number>> {
  return withAdmin(brokers, async (admin) => {
    const counts: Record<string, number> = {};
    for (const topic of topics) {
      const partitions = await admin.fetchTopicOffsets(topic);
      counts[topic] = partitions.reduce((sum, { high }) => sum + Number(high), 0);
    }
    return counts;
  });
}

/** Long enough for a busy machine; the wait ends at once if the broker ends. */
const READY_TIMEOUT_MS = 300_000;
const READY_POLL_MS = 150;

/**
 * Resolves when the broker answers and its group coordinator is loaded. When Kafka is asked for the first consumer
 * group, it creates an internal topic for groups, which takes seconds. This function asks first, so that no consumer
 * has to wait.
 * @throws WaitTimeout after five minutes; the signal's reason if the signal aborts
 */
export async function untilReady(brokers: readonly string[], signal: AbortSignal): Promise<void> {
  const warmUp = async (admin: Admin) => void (await admin.fetchOffsets({ groupId: 'warm-up' }));
  const retry = { retries: 3, initialRetryTime: READY_POLL_MS };
  const isReady = () =>
    withAdmin(brokers, warmUp, retry).then(
      () => true,
      () => false,
    );
  await waitUntil(isReady, {
    what: `Kafka at ${brokers.join(', ')} to accept consumer groups`,
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: READY_POLL_MS,
    signal,
  });
}

async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
  retry: RetryOptions = {},
): Promise<T> {
  const kafka = new Kafka({
    clientId: 'local-cloud',
    ...brokersOf(brokers),
    logLevel: logLevel.NOTHING,
    retry,
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
