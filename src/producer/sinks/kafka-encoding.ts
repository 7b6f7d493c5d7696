/**
 * kafkajs writes each record into a buffer of its own and copies it six times on its way to the socket: three quarters of
 * the time that sending takes. Here a produce request is measured, then written once, to the same bytes.
 *
 * kafkajs has no place to put an encoding of one's own, so its module of produce requests is changed. It is pinned at 2.2.4, has not
 * changed since 2023, and a test holds the two encodings against each other byte by byte.
 */
import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';
import type { Message as SentMessage } from 'kafkajs';

interface Message {
  readonly key?: string | Buffer | null;
  readonly value: Buffer | string | null;
  readonly headers?: unknown;
  readonly timestamp?: unknown;
}

interface PartitionData {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly Message[];
}

/** What kafkajs asks its encoding to write. */
export interface ProduceOptions {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string | null;
  readonly producerId?: number | string | bigint;
  readonly producerEpoch?: number;
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionData[] }[];
}

/** What kafkajs copies into its requests. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

interface ProduceModule {
  protocol(key: {
    version: number;
  }): (options: ProduceOptions) => { request: { encode(): Promise<Encoded> } };
}

const produceModule = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/produce/index.js',
) as ProduceModule;
const theirs = produceModule.protocol;

/** The versions of a produce request that hold record batches, and are laid out alike up to the last that kafkajs speaks. */
const FIRST_VERSION = 3;

/** Makes all producers of this process send what this file writes. */
export function encodeInOnePass(): void {
  produceModule.protocol = ({ version }) => {
    const make = theirs({ version });
    if (version < FIRST_VERSION) return make;
    return (options) => {
      const made = make(options);
      if (isPlain(options)) made.request.encode = async () => encodeProduce(options);
      return made;
    };
  };
}

/**
 * Returns the messages of one partition as kafkajs's `send` takes them. It groups messages by reducing them and copies each
 * group for every message: 5 µs a record in batches of 2,000. These reduce to their one group at once.
 */
export function groupedByPartition(
  partition: number,
  records: readonly { readonly key: string | null; readonly value: Buffer }[],
): SentMessage[] {
  const messages = records.map(({ key, value }) => ({ key, value }));
  return Object.assign(messages, { reduce: () => ({ [partition]: messages }) });
}

/** What our sink sends; all else is left to kafkajs. */
const isPlain = ({ compression, transactionalId, topicData }: ProduceOptions): boolean =>
  !compression &&
  !transactionalId &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) =>
      messages.every(({ key, value, headers, timestamp }) => {
        const isKey = key === null || key === undefined || typeof key === 'string';
        return isKey && Buffer.isBuffer(value) && headers === undefined && timestamp === undefined;
      }),
    ),
  );

/** From base offset to the count of records ("Record Batch", message format 2). */
const BATCH_HEADER = 61;
/** Of them, base offset and the batch's own length, which that length does not count. */
const UNCOUNTED = 12;
/** What the checksum covers begins here. */
const ATTRIBUTES = 21;
const MAGIC = 2;
/** Attributes, timestamp delta and the count of headers, each 0. */
const ZEROS_IN_RECORD = 3;
const NULL_KEY = -1;

/** Returns the body of a produce request, versions 3 to 7. */
export function encodeProduce(options: ProduceOptions, now = Date.now()): Encoded {
  const sizes = new Map(
    options.topicData.flatMap(({ partitions }) => partitions.map((data) => [data, sizesOf(data.messages)])),
  );
  const buf = Buffer.allocUnsafe(sizeOf(options, sizes));
  let at = buf.writeInt16BE(-1, 0);
  at = buf.writeInt16BE(options.acks, at);
  at = buf.writeInt32BE(options.timeout, at);
  at = buf.writeInt32BE(options.topicData.length, at);
  for (const { topic, partitions } of options.topicData) {
    at = buf.writeInt16BE(Buffer.byteLength(topic), at);
    at += buf.write(topic, at);
    at = buf.writeInt32BE(partitions.length, at);
    for (const data of partitions) {
      const { each, bytes } = sizes.get(data) as Sizes;
      at = buf.writeInt32BE(data.partition, at);
      at = buf.writeInt32BE(BATCH_HEADER + bytes, at);
      const batch = at;
      at = writeRecords(buf, batch + BATCH_HEADER, data.messages, each);
      writeHeader(buf, batch, at, data, options, now);
    }
  }
  return { buf, buffer: buf, size: () => buf.length };
}

function sizeOf({ topicData }: ProduceOptions, sizes: ReadonlyMap<PartitionData, Sizes>): number {
  let size = 2 + 2 + 4 + 4;
  for (const { topic } of topicData) size += 2 + Buffer.byteLength(topic) + 4;
  for (const { bytes } of sizes.values()) size += 4 + 4 + BATCH_HEADER + bytes;
  return size;
}

interface Sizes {
  /** Of each record, its own length not counted. */
  readonly each: Int32Array;
  /** Bytes of all records, with their length prefixes. */
  readonly bytes: number;
}

function sizesOf(messages: readonly Message[]): Sizes {
  const each = new Int32Array(messages.length);
  let bytes = 0;
  for (let n = 0; n < messages.length; n++) {
    const { key, value } = messages[n] as { key?: string | null; value: Buffer };
    const keySize = key === null || key === undefined ? NULL_KEY : Buffer.byteLength(key);
    const size =
      ZEROS_IN_RECORD +
      varintSize(n) +
      varintSize(keySize) +
      Math.max(keySize, 0) +
      varintSize(value.length) +
      value.length;
    each[n] = size;
    bytes += varintSize(size) + size;
  }
  return { each, bytes };
}

function writeRecords(buf: Buffer, start: number, messages: readonly Message[], sizes: Int32Array): number {
  let at = start;
  for (let n = 0; n < messages.length; n++) {
    const { key, value } = messages[n] as { key?: string | null; value: Buffer };
    at = writeVarint(buf, at, sizes[n] as number);
    buf[at++] = 0;
    buf[at++] = 0;
    at = writeVarint(buf, at, n);
    if (key === null || key === undefined) at = writeVarint(buf, at, NULL_KEY);
    else {
      at = writeVarint(buf, at, Buffer.byteLength(key));
      at += buf.write(key, at);
    }
    at = writeVarint(buf, at, value.length);
    buf.set(value, at);
    at += value.length;
    buf[at++] = 0;
  }
  return at;
}

function writeHeader(
  buf: Buffer,
  batch: number,
  end: number,
  { messages, firstSequence = 0 }: PartitionData,
  { producerId = -1, producerEpoch = 0 }: ProduceOptions,
  now: number,
): void {
  let at = buf.writeBigInt64BE(0n, batch);
  at = buf.writeInt32BE(end - batch - UNCOUNTED, at);
  at = buf.writeInt32BE(0, at);
  at = buf.writeInt8(MAGIC, at);
  const checksum = at;
  at = buf.writeInt16BE(0, at + 4);
  at = buf.writeInt32BE(messages.length - 1, at);
  at = buf.writeBigInt64BE(BigInt(now), at);
  at = buf.writeBigInt64BE(BigInt(now), at);
  at = buf.writeBigInt64BE(BigInt(producerId), at);
  at = buf.writeInt16BE(producerEpoch, at);
  at = buf.writeInt32BE(firstSequence, at);
  buf.writeInt32BE(messages.length, at);
  buf.writeUInt32BE(crc32c(buf.subarray(batch + ATTRIBUTES, end)), checksum);
}

const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

function varintSize(value: number): number {
  let size = 1;
  for (let rest = zigzag(value) >>> 7; rest !== 0; rest >>>= 7) size++;
  return size;
}

function writeVarint(buf: Buffer, start: number, value: number): number {
  let at = start;
  let rest = zigzag(value) >>> 0;
  for (; rest > 0x7f; rest >>>= 7) buf[at++] = (rest & 0x7f) | 0x80;
  buf[at++] = rest;
  return at;
}
