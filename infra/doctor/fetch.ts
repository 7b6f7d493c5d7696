/** Fetches a vendor's file to this machine, and checks that it is the recorded file. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../src/errors.ts';
import { fileError } from '../../src/files/errors.ts';
import type { Artifact } from '../artifacts.ts';
import type { ChecksumRecord } from './record.ts';

export interface Fetched {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Fetches a file if it is not in `folder` yet, and verifies its checksum.
 * @param onProgress receives the completed fraction, 0 to 1
 * @throws AppError if the vendor can't be reached, or its file is not the recorded or the published one
 */
export async function fetchArtifact(
  artifact: Artifact,
  folder: string,
  record: ChecksumRecord,
  onProgress: (done: number) => void = () => {},
): Promise<Fetched> {
  const file = path.join(folder, artifact.file);
  await mkdir(folder, { recursive: true });
  const there = await stat(file).catch(() => undefined);
  if (!there) await download(artifact, file, onProgress);
  const fetched = { path: file, bytes: (await stat(file)).size, sha256: await checksum(file, 'sha256') };
  const recorded = record[artifact.file]?.sha256;
  try {
    if (recorded !== undefined && recorded !== fetched.sha256)
      throw otherFile(artifact, 'the one that was recorded in infra/artifacts.lock.json');
    if (recorded === undefined) await compareWithPublished(artifact, file);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return fetched;
}

const otherFile = ({ file, address }: Artifact, than: string): AppError =>
  new AppError(
    'OTHER_FILE',
    `${file} from ${address} is not ${than}: find out why before you use it in your account.`,
  );

async function download({ address }: Artifact, file: string, onProgress: (done: number) => void) {
  const response = await get(address);
  const total = Number(response.headers.get('content-length')) || Number.POSITIVE_INFINITY;
  let done = 0;
  const counter = new Transform({
    transform(part: Buffer, _, next) {
      done += part.length;
      onProgress(done / total);
      next(null, part);
    },
  });
  const partial = `${file}.part`;
  try {
    await pipeline(Readable.fromWeb(response.body as never), counter, createWriteStream(partial));
    await rename(partial, file);
  } catch (error) {
    // A response that breaks off is a TypeError. All other errors are the file's.
    if (error instanceof TypeError) throw unreachable(address, error);
    throw fileError(partial, error);
  }
}

async function compareWithPublished(artifact: Artifact, file: string): Promise<void> {
  if (!artifact.published) return;
  const { address, algorithm } = artifact.published;
  // Apache writes "file: AB12 CD34 …" over several lines; others write only the digits, or the digits and the name.
  const text = (await (await get(address)).text()).replace(/^.*:/, '').replaceAll(/\s/g, '').toLowerCase();
  if (!text.startsWith(await checksum(file, algorithm)))
    throw otherFile(artifact, `the one whose checksum is at ${address}`);
}

async function get(address: string): Promise<Response> {
  const response = await fetch(address).catch((error: Error) => {
    throw unreachable(address, error);
  });
  if (response.ok) return response;
  throw unreachable(address, { message: `status ${response.status}` });
}

const unreachable = (address: string, { message, cause }: Pick<Error, 'message' | 'cause'>): AppError =>
  new AppError(
    'VENDOR',
    `${address} can't be fetched (${cause instanceof Error ? cause.message : message}): check the network, or correct the address in infra/artifacts.ts.`,
    { retriable: true, cause },
  );

export async function checksum(file: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
