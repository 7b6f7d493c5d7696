/**
 * The sink for a volume of a workspace, which needs neither Kafka nor S3. Writes files with the names and layout of the S3 sink:
 * one partition per topic, offsets that continue after the last file, and files that never change.
 */
import { WorkspaceError } from '../../databricks/client.ts';
import { LOCAL_CATALOG } from '../../databricks/default-catalog.ts';
import type { VolumeClient } from '../../databricks/volume.ts';
import { AppError } from '../../errors.ts';
import { objectName, SCHEMA, topicFolder, topicName } from '../../names.ts';
import { LINE_FEED, lineCount } from '../../posts/lines.ts';
import { endless } from './aws-errors.ts';
import { type BatchLimits, DELIVERED, type Outcome, type OutgoingRecord, type Sink } from './sink.ts';

export interface VolumeOptions {
  readonly client: VolumeClient;
  /** The folder that the notebooks read: `/Volumes/<catalog>/<schema>/landing`. */
  readonly landing: string;
  /** The pipeline's id, the first part of the names of its topics. */
  readonly id: string;
  /** Time for which a file waits for more records after the previous file, in milliseconds. */
  readonly rotateMs?: number;
}

/** The maximum number of records and bytes in a file. Both are low, because the notebooks read each file as a whole. */
const FILE_RECORDS = 5000;
const FILE_BYTES = 16 * 1024 * 1024;
/** Default of `rotateMs`: waiting is cheaper than reading many small files. */
const ROTATE_MS = 10_000;

const PARTITION = 0;

/** Returns the sink, which writes a file every `rotateMs`, or when the file is full. Error messages explain what to do in the workspace. */
export function volumeSink({ client, landing, id, rotateMs = ROTATE_MS }: VolumeOptions): Sink {
  const offsets = new Map<string, number>();
  const folder = (topic: string) => `${landing}/${topicFolder(topic)}/partition=${PARTITION}`;
  const fileAt = (topic: string, offset: number) =>
    `${folder(topic)}/${objectName(topic, PARTITION, offset)}.json`;

  /** Returns the offset after the last record of a topic's last file. */
  const endOf = async (topic: string): Promise<number> => {
    const names = (await client.list(folder(topic))).filter((name) => /\+\d+\.json$/.test(name)).sort();
    const last = names.at(-1);
    if (last === undefined) return 0;
    const offset = Number(/\+(\d+)\.json$/.exec(last)?.[1]);
    return offset + lineCount(await client.read(`${folder(topic)}/${last}`));
  };

  /** The files of attempts whose response was lost. Each may have been written. */
  const unanswered = new Set<string>();

  /** Writes a file. @throws AppError if another producer has written a file of that name */
  const put = async (topic: string, offset: number, content: Buffer): Promise<void> => {
    const file = fileAt(topic, offset);
    const isNew = await client.create(file, content).catch((error: unknown) => {
      unanswered.add(file);
      throw error;
    });
    if (isNew || (unanswered.has(file) && content.equals(await client.read(file)))) return;
    throw new AppError(
      'VOLUME_SHARED',
      `Another producer has written ${file}: only one producer at a time may write to ${folder(topic)}.`,
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
      value.includes(LINE_FEED)
        ? 'it contains a line feed, which would split it into two records'
        : undefined,
    async send(topic, _lane, batch) {
      const offset = offsets.get(topic) ?? 0;
      try {
        await put(topic, offset, fileOf(batch));
      } catch (error) {
        if (!(error instanceof WorkspaceError) || !error.retriable) throw explain(error, landing);
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

/** Returns an error that explains what to do. */
function explain(error: unknown, landing: string): unknown {
  if (!(error instanceof WorkspaceError)) return error;
  if (error.status === 401 || error.status === 403)
    return new AppError(
      'VOLUME_REFUSED',
      `${endless(error.message)}. The user of the token needs write permission on ${landing}.`,
    );
  if (error.status === 404)
    return new AppError(
      'VOLUME_MISSING',
      `${endless(error.message)}. Deploy the bundle, which creates the volume, with npm run bundle deploy, or name its volume with --landing: in the local workspace, /Volumes/${LOCAL_CATALOG}/${SCHEMA}/landing.`,
    );
  return error;
}
