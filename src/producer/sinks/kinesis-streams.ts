/** Creates, describes and deletes streams. */
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamSummaryCommand,
  type KinesisClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type StreamDescriptionSummary,
} from '@aws-sdk/client-kinesis';
import { AppError } from '../../errors.ts';
import { WaitTimeout, waitUntil } from '../../wait.ts';
import { inTime } from './kinesis-client.ts';

/** Time limit for creating or deleting a stream, for which Amazon needs up to a minute. */
const CHANGE_TIMEOUT_MS = 300_000;
/** The polling interval grows up to the maximum, because an account may describe only 20 streams per second. */
const FIRST_LOOK_MS = 50;
const MAX_POLL_INTERVAL_MS = 2000;

/** Returns the description of a stream; undefined if it does not exist. */
export async function describeStream(
  client: KinesisClient,
  stream: string,
): Promise<StreamDescriptionSummary | undefined> {
  try {
    const answer = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }), inTime());
    return answer.StreamDescriptionSummary;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Creates an on-demand stream if it does not exist. Resolves when the stream is ACTIVE, with true if it was created. */
export async function createStream(client: KinesisClient, stream: string): Promise<boolean> {
  const there = await describeStream(client, stream);
  if (there?.StreamStatus === 'DELETING') await untilGone(client, stream);
  const make = there === undefined || there.StreamStatus === 'DELETING';
  if (make)
    try {
      const mode = { StreamMode: 'ON_DEMAND' } as const;
      await client.send(new CreateStreamCommand({ StreamName: stream, StreamModeDetails: mode }), inTime());
    } catch (error) {
      // Another client has created it in the meantime.
      if (!(error instanceof ResourceInUseException)) throw error;
    }
  await until(client, stream, 'ACTIVE', (status) => status === 'ACTIVE' || status === 'UPDATING');
  return make;
}

/** Deletes a stream with its records. Resolves when the stream no longer exists, with false if it did not exist before. */
export async function deleteStream(client: KinesisClient, stream: string): Promise<boolean> {
  const there = await describeStream(client, stream);
  if (!there) return false;
  if (there.StreamStatus !== 'DELETING')
    await client.send(
      new DeleteStreamCommand({ StreamName: stream, EnforceConsumerDeletion: true }),
      inTime(),
    );
  await untilGone(client, stream);
  return true;
}

const untilGone = (client: KinesisClient, stream: string) =>
  until(client, stream, 'deleted', (status) => status === undefined);

async function until(
  client: KinesisClient,
  stream: string,
  wanted: string,
  reached: (status: string | undefined) => boolean,
): Promise<void> {
  let status: string | undefined;
  const check = async () => {
    status = (await describeStream(client, stream))?.StreamStatus;
    return reached(status);
  };
  await waitUntil(check, {
    what: `the stream ${stream} to be ${wanted}`,
    timeoutMs: CHANGE_TIMEOUT_MS,
    intervalMs: FIRST_LOOK_MS,
    maxIntervalMs: MAX_POLL_INTERVAL_MS,
  }).catch((error: unknown) => {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new AppError(
      'STREAM_STUCK',
      `The stream ${stream} is ${status ?? 'missing'} and was not ${wanted} within ${CHANGE_TIMEOUT_MS / 1000} s: check it in the AWS console, then try again.`,
      { retriable: true },
    );
  });
}
