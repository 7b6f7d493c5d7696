/** The landing bucket: a bucket in S3, or the folder that the local S3 sink fills. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAX_FLUSH_SIZE } from '../../src/connector.ts';
import { UsageError } from '../../src/errors.ts';
import { namesIn, readBytes } from '../../src/files/read.ts';
import { objectName, topicFolder } from '../../src/names.ts';
import type { Aws } from '../doctor/aws.ts';
import { HopBroken } from './walk.ts';

/** A record's position in its Kafka topic. */
export interface Written {
  readonly partition: number;
  readonly offset: number;
}

export interface Landing {
  readonly name: string;
  /** Returns the object that contains the record with this mark, or undefined if there is none yet. */
  find(topic: string, written: Written, mark: string): Promise<string | undefined>;
}

interface Store {
  /** Returns the names in a partition's folder that sort after `after`, or all names if listing all is as cheap. */
  list(folder: string, after: string): Promise<string[]>;
  read(key: string): Promise<string>;
}

const landing = (name: string, { list, read }: Store): Landing => ({
  name,
  async find(topic, { partition, offset }, mark) {
    const folder = `${topicFolder(topic)}/partition=${partition}`;
    const object = (first: number) => objectName(topic, partition, Math.max(0, first));
    // The record is in the last object whose first offset is not above the record's offset. That object begins at most
    // MAX_FLUSH_SIZE records before the record.
    const names = await list(folder, object(offset - MAX_FLUSH_SIZE - 1));
    const last = names
      .filter((one) => one.replace(/\.json$/, '') <= object(offset))
      .sort()
      .at(-1);
    if (last === undefined) return undefined;
    const key = `${folder}/${last}`;
    return (await read(key)).includes(mark) ? key : undefined;
  },
});

/** Returns the landing folder at a `file://` URL or a path. @throws UsageError if the folder does not exist */
export function landingFolder(location: string): Landing {
  const root = path.resolve(location.startsWith('file:') ? fileURLToPath(location) : location);
  if (!existsSync(root))
    throw new UsageError(`--bucket names the folder ${root}, which does not exist: check its path.`);
  return landing(root, {
    list: (folder) => namesIn(path.join(root, folder)),
    read: async (key) => String(readBytes(path.join(root, key))),
  });
}

/** Returns the landing bucket in S3. */
export function landingBucket(aws: Aws, bucket: string): Landing {
  const get = async (call: { path?: string; query?: Record<string, string> }) => {
    const answer = await aws.call({ service: 's3', bucket, ...call });
    if (answer.status === 200) return answer.text;
    throw new HopBroken(
      `bucket ${bucket} returned ${answer.status}: check that it exists, and that these credentials may list and read it.`,
    );
  };
  return landing(`s3://${bucket}`, {
    async list(folder, after) {
      const names: string[] = [];
      for (let last = after; ; last = names.at(-1) ?? last) {
        const query = { 'list-type': '2', prefix: `${folder}/`, 'start-after': `${folder}/${last}` };
        const page = await get({ query });
        const found = [...page.matchAll(/<Key>([^<]+)<\/Key>/g)];
        names.push(...found.map(([, key = '']) => key.slice(folder.length + 1)));
        // S3 returns at most 1,000 keys at a time.
        if (found.length === 0 || !page.includes('<IsTruncated>true</IsTruncated>')) return names;
      }
    },
    read: (key) => get({ path: `/${key.split('/').map(encodeURIComponent).join('/')}` }),
  });
}
