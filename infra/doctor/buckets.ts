/** Uploads the files that machines fetch from the buckets: the vendors' files and Airflow's files. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../src/errors.ts';
import { artifacts as ALL, type Artifact, artifactKey, CHECKSUMS } from '../artifacts.ts';
import type { Aws } from './aws.ts';
import { checksum, fetchArtifact } from './fetch.ts';
import { checksumLines, readRecord, writeRecord } from './record.ts';

const AIRFLOW = fileURLToPath(new URL('../../airflow', import.meta.url));

/** A local file, and its key in the bucket. */
interface Upload {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Returns an object's sha256, which S3 verified at the upload; undefined if the object does not exist. */
async function objectChecksum(aws: Aws, bucket: string, key: string): Promise<string | undefined> {
  const { status, headers } = await aws.call({
    service: 's3',
    bucket,
    path: `/${key}`,
    method: 'HEAD',
    headers: { 'x-amz-checksum-mode': 'ENABLED' },
  });
  if (status === 404) return undefined;
  if (status !== 200) throw refused(bucket, key, status);
  return Buffer.from(String(headers['x-amz-checksum-sha256'] ?? ''), 'base64').toString('hex');
}

/** The vendors' files, and where they are stored. */
export interface Shelf {
  readonly bucket: string;
  /** The folder of the files on this machine. */
  readonly cache: string;
  readonly artifacts?: readonly Artifact[];
  /** The file that the checksums are recorded in. */
  readonly record?: string;
}

/** Returns the vendors' files that are missing in the bucket, or whose checksum there is not the recorded checksum. */
export async function missingArtifacts(
  aws: Aws,
  { bucket, artifacts = Object.values(ALL), record }: Shelf,
): Promise<Artifact[]> {
  const recorded = readRecord(record);
  const missing: Artifact[] = [];
  for (const artifact of artifacts) {
    const there = await objectChecksum(aws, bucket, artifactKey(artifact.file));
    if (there === undefined || there !== recorded[artifact.file]?.sha256) missing.push(artifact);
  }
  return missing;
}

/** Fetches, records and uploads the missing files. */
export async function uploadArtifacts(aws: Aws, shelf: Shelf, say: (line: string) => void): Promise<void> {
  const { bucket, cache } = shelf;
  for (const artifact of await missingArtifacts(aws, shelf)) {
    const { file, address } = artifact;
    const record = readRecord(shelf.record);
    say(`${file}: from ${address} (${artifact.licence})`);
    const fetched = await fetchArtifact(artifact, path.join(cache, 'aws'), record, progress(say, file));
    const { bytes, sha256 } = fetched;
    writeRecord({ ...record, [file]: { address, bytes, sha256 } }, shelf.record);
    await upload(aws, bucket, { key: artifactKey(file), ...fetched });
    say(`${file}: in ${bucket}, sha256 ${sha256}`);
  }
  // Uploaded last, so that a machine that finds this list finds all its files. Uploaded always, because an earlier upload may have
  // stopped before this line.
  await put(aws, bucket, artifactKey(CHECKSUMS), checksumLines(readRecord(shelf.record)));
}

/** Uploads Airflow's files that changed. */
export async function uploadAirflow(aws: Aws, bucket: string, say: (line: string) => void): Promise<void> {
  for (const file of await airflowFiles()) {
    if ((await objectChecksum(aws, bucket, file.key)) === file.sha256) continue;
    await upload(aws, bucket, file);
    say(`${file.key}: in ${bucket}`);
  }
}

async function airflowFiles(): Promise<Upload[]> {
  const dags = (await readdir(path.join(AIRFLOW, 'dags'))).filter((file) => file.endsWith('.py'));
  const keys = ['requirements.txt', ...dags.map((file) => `dags/${file}`)];
  return Promise.all(
    keys.map(async (key) => {
      const file = path.join(AIRFLOW, key);
      return { key, path: file, bytes: (await stat(file)).size, sha256: await checksum(file, 'sha256') };
    }),
  );
}

/** Returns a function that receives the fetched fraction of a file, and prints a line for each tenth. */
function progress(say: (line: string) => void, file: string): (done: number) => void {
  let said = 0;
  return (done) => {
    const tenth = Math.floor(done * 10);
    if (tenth > said && tenth < 10) say(`${file}: ${tenth}0 %`);
    said = Math.max(said, tenth);
  };
}

async function upload(aws: Aws, bucket: string, { key, path: file, bytes, sha256 }: Upload): Promise<void> {
  const { status } = await aws.call({
    service: 's3',
    bucket,
    path: `/${key}`,
    method: 'PUT',
    // S3 computes the checksum too, and rejects the upload if they differ.
    headers: {
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    },
    body: { stream: createReadStream(file), bytes, sha256 },
  });
  if (status !== 200) throw refused(bucket, key, status);
}

async function put(aws: Aws, bucket: string, key: string, text: string): Promise<void> {
  const { status } = await aws.call({ service: 's3', bucket, path: `/${key}`, method: 'PUT', body: text });
  if (status !== 200) throw refused(bucket, key, status);
}

const refused = (bucket: string, key: string, status: number): AppError =>
  new AppError(
    'BUCKET',
    `The bucket ${bucket} returned ${status} for ${key}: the credentials must be allowed to read and write the bucket.`,
  );
