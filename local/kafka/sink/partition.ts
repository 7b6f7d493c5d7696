/**
 * Writes one topic partition into objects. Only the bucket determines the position: each object of a partition begins where
 * the previous object ended, and an object's name can be used only once. So after a restart, or with two sinks at the same
 * time, no record is lost or written twice, and no committed offsets are needed.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../../src/errors.ts';
import { type LandedObject, lastObject, OpenObject, type PartitionFolder } from './objects.ts';

export interface TopicRecord {
  readonly offset: string;
  readonly value: Buffer | null;
}

/** Offsets that the topic still contains: from `low` (inclusive) to `high` (exclusive). */
export interface Watermarks {
  readonly low: bigint;
  readonly high: bigint;
}

export interface PartitionOptions {
  readonly topic: string;
  readonly partition: number;
  readonly folder: PartitionFolder;
  /** A folder for objects that are being written. */
  readonly scratch: string;
  readonly flushSize: number;
  readonly watermarks: () => Promise<Watermarks>;
}

export class SinkError extends AppError {
  constructor(message: string) {
    super('SINK', message);
  }
}

/**
 * An object of this size closes, even if it has fewer than `flushSize` records, because a notebook and a restarted sink
 * read a whole object into memory.
 */
const MAX_OBJECT_BYTES = 64 * 2 ** 20;

const LINE_FEED = Buffer.from('\n');

export class Partition {
  /** Number of records that this process has landed. */
  landed = 0;
  readonly #options: PartitionOptions;
  /** The next offset to take; undefined until the bucket has been read. */
  #next: bigint | undefined;
  #landedUpTo = 0n;
  #last: LandedObject | undefined;
  /** The rest of the last object, whose records must still be read from the topic again. All later records are new. */
  #replay: Buffer | undefined;
  #open: OpenObject | undefined;
  /** The last offset that was requested again, because a batch began after it. */
  #fetchedAgain: bigint | undefined;
  /** Resolves when the last queued operation has ended. Batches, rotations and drains run one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PartitionOptions) {
    this.#options = options;
  }

  get topic(): string {
    return this.#options.topic;
  }

  get number(): number {
    return this.#options.partition;
  }

  /** The next offset to take; 0 before the first record. */
  get next(): bigint {
    return this.#next ?? 0n;
  }

  /** Every record below this offset is in an object, or its value is null. */
  get landedUpTo(): bigint {
    return this.#landedUpTo;
  }

  /**
   * Takes a fetched batch and skips the records that were taken before.
   * @returns the offset to fetch next; undefined if that is the offset after this batch
   * @throws SinkError if the bucket's objects do not come from this topic, or the topic has deleted records
   */
  take(records: readonly TopicRecord[]): Promise<bigint | undefined> {
    return this.#inTurn(async () => {
      const [first] = records;
      if (first === undefined) return undefined;
      const from = this.#next ?? (await this.#begin(BigInt(first.offset)));
      if (BigInt(first.offset) < from) return from;
      if (BigInt(first.offset) > from) {
        await this.#refuseLostRecords(from);
        // The batch may have been fetched before `flush` moved the position back. If a second fetch begins there too, the topic has a gap.
        if (this.#fetchedAgain !== from) {
          this.#fetchedAgain = from;
          return from;
        }
      }
      return this.#append(this.#passReplay(records));
    });
  }

  /**
   * Closes the open object even if it is not full.
   * @returns the offset to fetch next if another sink has landed the object; otherwise undefined
   */
  flush(): Promise<bigint | undefined> {
    return this.#inTurn(async () => {
      if (this.#replay !== undefined) await this.#refuseShortTopic();
      return this.#land();
    });
  }

  /** Discards the records that have not landed; a later sink reads them again. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#open?.discard();
      this.#open = undefined;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * Returns the first offset to fetch. If the bucket has objects, it is the start of the last object. The records of
   * this object are read from the topic again, because only they show the offset at which the object ends.
   */
  async #begin(earliest: bigint): Promise<bigint> {
    this.#last = await lastObject(this.#options.folder);
    if (this.#last === undefined) {
      this.#next = earliest;
      return earliest;
    }
    const { low, high } = await this.#options.watermarks();
    if (this.#last.start < low || this.#last.start >= high)
      throw this.#unrelated(`offsets from ${low} to below ${high}`);
    this.#replay = await readFile(this.#last.file);
    this.#next = this.#last.start;
    return this.#next;
  }

  /** Checks the records that are already in the last object, and returns the records after them. */
  #passReplay(records: readonly TopicRecord[]): readonly TopicRecord[] {
    let index = 0;
    for (; this.#replay !== undefined && index < records.length; index++) {
      const { value, offset } = records[index] as TopicRecord;
      if (value === null) continue;
      const line = Buffer.concat([value, LINE_FEED]);
      if (!line.equals(this.#replay.subarray(0, line.length)))
        throw this.#unrelated(`another record at ${offset}`);
      const rest = this.#replay.subarray(line.length);
      this.#replay = rest.length > 0 ? rest : undefined;
      this.#next = BigInt(offset) + 1n;
      if (this.#replay === undefined) this.#landedUpTo = this.#next;
    }
    return records.slice(index);
  }

  async #append(records: readonly TopicRecord[]): Promise<bigint | undefined> {
    let lines: Buffer[] = [];
    const write = async () => {
      if (lines.length > 0) await this.#open?.append(Buffer.concat(lines), lines.length / 2);
      lines = [];
    };
    let size = 0;
    for (const { offset, value } of records) {
      this.#next = BigInt(offset) + 1n;
      if (value === null) continue;
      if (this.#open === undefined) {
        const { topic, partition, scratch } = this.#options;
        this.#open = await OpenObject.create(BigInt(offset), path.join(scratch, `${topic}+${partition}`));
        size = 0;
      }
      lines.push(value, LINE_FEED);
      size += value.length + 1;
      const full =
        this.#open.records + lines.length / 2 >= this.#options.flushSize ||
        this.#open.bytes + size >= MAX_OBJECT_BYTES;
      if (!full) continue;
      await write();
      const elsewhere = await this.#land();
      if (elsewhere !== undefined) return elsewhere;
    }
    await write();
    return undefined;
  }

  async #land(): Promise<bigint | undefined> {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      const object = await open.land(this.#options.folder, this.#last);
      if (object === undefined) return this.#begin(open.start);
      this.#last = object;
      this.landed += open.records;
    }
    if (this.#replay === undefined) this.#landedUpTo = this.#next ?? 0n;
    return undefined;
  }

  /**
   * Throws if the topic has deleted records before they landed. Other gaps in the offsets are normal (compaction,
   * transactions).
   */
  async #refuseLostRecords(from: bigint): Promise<void> {
    const { topic, partition, watermarks } = this.#options;
    const { low } = await watermarks();
    if (low > from)
      throw new SinkError(
        `Topic ${topic}, partition ${partition} has deleted the records from offset ${from} to ${low - 1n} before they landed in the bucket; they are lost unless you fill the topic again.`,
      );
  }

  /** Throws if the topic was created again and has the same records as the bucket, but fewer of them. */
  async #refuseShortTopic(): Promise<void> {
    const { high } = await this.#options.watermarks();
    if (this.next >= high) throw this.#unrelated(`nothing after offset ${high - 1n}`);
  }

  #unrelated(met: string): SinkError {
    const { topic, partition } = this.#options;
    return new SinkError(
      `The object ${this.#last?.file} does not come from topic ${topic}, partition ${partition} (the topic has ${met}). The topic's records expired, or the topic was deleted and created again. Configure another bucket or topics.dir, or restore the topic's records.`,
    );
  }
}
