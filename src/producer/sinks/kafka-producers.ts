/**
 * Replaces an idempotent producer before the sequence numbers of a partition end. Kafka expects 0 after 2,147,483,647, but kafkajs
 * continues with 0 earlier, after any batch that reaches this number. The broker would reject that batch and end the run.
 */
import { createRequire } from 'node:module';
import type { Producer, RecordMetadata } from 'kafkajs';

const { INT_32_MAX_VALUE: MAX_SEQUENCE } = createRequire(import.meta.url)('kafkajs/src/constants.js') as {
  readonly INT_32_MAX_VALUE: number;
};

/** What a partition has sent: the number of records that its current producer has delivered. */
interface Sent {
  generation: number;
  records: number;
}

/** The producers of a sink. Each partition sends with the first until its numbers end, then with the second, and so on. */
export class Producers {
  readonly #make: () => Producer;
  readonly #generations: (Promise<Producer> | undefined)[] = [];
  readonly #sent = new Map<string, Sent>();

  constructor(make: () => Producer) {
    this.#make = make;
  }

  /** Connects the first producer. */
  async connect(): Promise<void> {
    await this.#connected(0);
  }

  /**
   * Sends a batch of one partition. The same batch, sent again after an error, has the same producer and the same sequence
   * numbers, so that the broker recognizes it.
   */
  async send(
    topic: string,
    partition: number,
    records: number,
    send: (producer: Producer) => Promise<RecordMetadata[]>,
  ): Promise<RecordMetadata[]> {
    const name = `${topic}/${partition}`;
    const sent = this.#sent.get(name) ?? { generation: 0, records: 0 };
    this.#sent.set(name, sent);
    if (sent.records + records >= MAX_SEQUENCE) {
      sent.generation++;
      sent.records = 0;
    }
    const answer = await send(await this.#connected(sent.generation));
    sent.records += records;
    return answer;
  }

  async disconnect(): Promise<void> {
    const connected = await Promise.allSettled(this.#generations);
    await Promise.all(connected.map((one) => one.status === 'fulfilled' && one.value?.disconnect()));
  }

  #connected(generation: number): Promise<Producer> {
    const known = this.#generations[generation];
    if (known) return known;
    const producer = this.#make();
    const connecting = producer.connect().then(
      () => producer,
      async (error: unknown) => {
        this.#generations[generation] = undefined;
        await producer.disconnect();
        throw error;
      },
    );
    this.#generations[generation] = connecting;
    return connecting;
  }
}
