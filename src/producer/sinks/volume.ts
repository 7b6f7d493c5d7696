/**
 * A volume of a workspace: files named and laid out as the S3 sink's, for those who have a workspace and nothing else. One
 * partition a topic, offsets that go on after the last file's, and files that never change.
 */
import { type VolumeClient, VolumeError } from '../../databricks/volume.ts';
import { AppError } from '../../errors.ts';
import { topicFolder, topicName } from '../../names.ts';
import { type BatchLimits, DELIVERED, type Outcome, type OutgoingRecord, type Sink } from './sink.ts';

export interface VolumeOptions {
  readonly client: VolumeClient;
  /** The folder that the notebooks read: `/Volumes/<catalog>/<schema>/landing`. */
  readonly landing: string;
  /** The pipeline's id, which its topics' names begin with. */
  readonly id: string;
  /** How long a file waits for more records after the one before it, in milliseconds. */
  readonly rotateMs?: number;
}

/** Records and bytes in a file: the notebooks read one whole. */
const FILE_RECORDS = 5000;
const FILE_BYTES = 16 * 1024 * 1024;
/** Small files cost more to read than to wait for. */
const ROTATE_MS = 10_000;
/** Confluent's `filename.offset.zero.pad.width`. */
const OFFSET_DIGITS = 10;
const LINE_FEED = 0x0a;

const PARTITION = 0;

/** Writes a file every `rotateMs`, or as soon as one is full. @throws AppError that says what to do in the workspace */
export function volumeSink({ client, landing, id, rotateMs = ROTATE_MS }: VolumeOptions): Sink {
  const offsets = new Map<string, number>();
  const folder = (topic: string) => `${landing}/${topicFolder(topic)}/partition=${PARTITION}`;
  const fileAt = (topic: string, offset: number) =>
    `${folder(topic)}/${topic}+${PARTITION}+${String(offset).padStart(OFFSET_DIGITS, '0')}.json`;

  /** The offset after the last record of a topic's last file. */
  const endOf = async (topic: string): Promise<number> => {
    const names = (await client.list(folder(topic))).filter((name) => /\+\d+\.json$/.test(name)).sort();
    const last = names.at(-1);
    if (last === undefined) return 0;
    const offset = Number(/\+(\d+)\.json$/.exec(last)?.[1]);
    return offset + linesOf(await client.read(`${folder(topic)}/${last}`));
  };

  /** @throws AppError where another's file has the name */
  const put = async (topic: string, offset: number, content: Buffer): Promise<void> => {
    const file = fileAt(topic, offset);
    if (await client.create(file, content)) return;
    // It may be ours: written, but the answer was lost.
    if (content.equals(await client.read(file))) return;
    throw new AppError(
      'VOLUME_SHARED',
      `${file} was written by somebody else meanwhile: one producer at a time may write to ${folder(topic)}.`,
    );
  };

  return {
    target: (dataset) => topicName(id, dataset),
    lane: () => 0,
    limits: (): BatchLimits => ({
      records: FILE_RECORDS,
      bytes: FILE_BYTES,
      overhead: 1,
      lingerMs: rotateMs,
    }),
    async open(datasets) {
      try {
        for (const dataset of datasets) {
          const topic = topicName(id, dataset);
          offsets.set(topic, await endOf(topic));
        }
      } catch (error) {
        throw explain(error, landing);
      }
    },
    problem: ({ value }) =>
      value.includes(LINE_FEED) ? 'a line feed in it, which would make two records of one' : undefined,
    async send(topic, _lane, batch) {
      const offset = offsets.get(topic) ?? 0;
      try {
        await put(topic, offset, fileOf(batch));
      } catch (error) {
        if (!(error instanceof VolumeError) || !error.retriable) throw explain(error, landing);
        const outcome: Outcome = { status: 'retriable', reason: error.message };
        return batch.map(() => outcome);
      }
      offsets.set(topic, offset + batch.length);
      return batch.map(() => DELIVERED);
    },
    async close() {},
  };
}

const fileOf = (records: readonly OutgoingRecord[]): Buffer =>
  Buffer.concat(records.flatMap(({ value }) => [value, Buffer.from([LINE_FEED])]));

function linesOf(text: Buffer): number {
  let lines = 0;
  for (const byte of text) if (byte === LINE_FEED) lines += 1;
  return lines;
}

/** What a person can do about it. */
function explain(error: unknown, landing: string): unknown {
  if (!(error instanceof VolumeError)) return error;
  if (error.status === 401 || error.status === 403)
    return new AppError(
      'VOLUME_REFUSED',
      `${error.message}. The token must be one that may write ${landing}.`,
    );
  if (error.status === 404)
    return new AppError(
      'VOLUME_MISSING',
      `${error.message}. The bundle makes the volume: npm run bundle deploy.`,
    );
  return error;
}
