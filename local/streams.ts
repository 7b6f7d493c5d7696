/** The pipeline's Kinesis streams in the emulator on this machine. */
import { IncreaseStreamRetentionPeriodCommand } from '@aws-sdk/client-kinesis';
import { streamName } from '../src/names.ts';
import { type KinesisEndpoint, kinesisClient } from '../src/producer/sinks/kinesis-client.ts';
import { createStream, describeStream } from '../src/producer/sinks/kinesis-streams.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { EMULATOR_CREDENTIALS } from './kinesis/emulator.ts';

/** The emulator's maximum. A state folder that is used again days later then still has its records. */
const RETENTION_HOURS = 168;

/** Returns the options for AWS SDK clients that connect to an emulator. */
export const emulatorEndpoint = (endpoint: string): KinesisEndpoint => ({
  endpoint,
  region: EMULATOR_CREDENTIALS.AWS_REGION,
  credentials: {
    accessKeyId: EMULATOR_CREDENTIALS.AWS_ACCESS_KEY_ID,
    secretAccessKey: EMULATOR_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
  },
});

/**
 * Returns the options of `emulatorEndpoint` as environment variables for a cluster. Spark's Kinesis source reads these
 * variables.
 */
export const emulatorEnvironment = (endpoint: string): Record<string, string> => ({
  ...EMULATOR_CREDENTIALS,
  AWS_ENDPOINT_URL_KINESIS: endpoint,
});

/**
 * Creates the missing streams of a pipeline. Resolves with the value for the notebooks' parameter `stream_generation`.
 * The value changes when a stream is created again.
 */
export async function openStreams(kinesis: KinesisEndpoint, id: string): Promise<string> {
  const client = kinesisClient(kinesis);
  try {
    const made = await Promise.all(
      datasets.map(async ({ name }) => {
        const stream = streamName(id, name);
        await createStream(client, stream);
        const kept = { StreamName: stream, RetentionPeriodHours: RETENTION_HOURS };
        await client.send(new IncreaseStreamRetentionPeriodCommand(kept));
        return (await describeStream(client, stream))?.StreamCreationTimestamp?.getTime() ?? 0;
      }),
    );
    return String(Math.max(...made));
  } finally {
    client.destroy();
  }
}
