/** Objects in the bucket's folder: their names, the last object of a partition, and how an object is written. */
import { type FileHandle, link, mkdir, open, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { namesIn } from '../../../src/files/read.ts';
import { objectName } from '../../../src/names.ts';

export interface PartitionFolder {
  /** `<bucket>/topics/<topic>/partition=<n>` */
  readonly path: string;
  readonly topic: string;
  readonly partition: number;
}

export interface LandedObject {
  readonly file: string;
  /** The offset of the object's first record. */
  readonly start: bigint;
  /** Modification time in whole milliseconds, as Spark reads it. */
  readonly mtimeMs: number;
}

const fileOf = (folder: PartitionFolder, start: bigint) =>
  path.join(folder.path, `${objectName(folder.topic, folder.partition, start)}.json`);

/** Returns the object with the highest offset; undefined if there is none. */
export async function lastObject(folder: PartitionFolder): Promise<LandedObject | undefined> {
  const names = await namesIn(folder.path);
  const prefix = `${folder.topic}+${folder.partition}+`;
  let [last, start] = ['', -1n];
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const [, digits] = /^(\d+)\.json$/.exec(name.slice(prefix.length)) ?? [];
    if (digits !== undefined && BigInt(digits) > start) [last, start] = [name, BigInt(digits)];
  }
  if (start < 0n) return undefined;
  const file = path.join(folder.path, last);
  return { file, start, mtimeMs: Math.floor((await stat(file)).mtimeMs) };
}

/** An object that is being written to a scratch file. `land` makes it appear under its name atomically. */
export class OpenObject {
  records = 0;
  bytes = 0;
  readonly start: bigint;
  readonly #file: FileHandle;
  readonly #scratch: string;

  private constructor(start: bigint, file: FileHandle, scratch: string) {
    this.start = start;
    this.#file = file;
    this.#scratch = scratch;
  }

  /** @param scratch: a file outside the topics' folder, on the same disk */
  static async create(start: bigint, scratch: string): Promise<OpenObject> {
    return new OpenObject(start, await open(scratch, 'w'), scratch);
  }

  async append(bytes: Buffer, records: number): Promise<void> {
    await this.#file.appendFile(bytes);
    this.records += records;
    this.bytes += bytes.length;
  }

  /**
   * Gives the object its name. Resolves with undefined if another sink has already used the name. The modification
   * times in a partition never decrease, even if the clock is set back, because readers use them as the order of
   * arrival.
   */
  async land(folder: PartitionFolder, after: LandedObject | undefined): Promise<LandedObject | undefined> {
    await this.#file.sync();
    await this.#file.close();
    const file = fileOf(folder, this.start);
    const mtimeMs = Math.max(Date.now(), after?.mtimeMs ?? 0);
    await utimes(this.#scratch, mtimeMs / 1000, mtimeMs / 1000);
    await mkdir(folder.path, { recursive: true });
    try {
      await link(this.#scratch, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return undefined;
    } finally {
      await rm(this.#scratch, { force: true });
    }
    await syncFolder(folder.path);
    return { file, start: this.start, mtimeMs };
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#scratch, { force: true });
  }
}

/** A file's new name is durable only after its folder has been synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
