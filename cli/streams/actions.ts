/** Creates, describes and deletes the Kinesis streams of the pipeline's id. */
import type { KinesisClient, StreamDescriptionSummary } from '@aws-sdk/client-kinesis';
import Table from 'cli-table3';
import { streamName } from '../../src/names.ts';
import { PLAIN_TABLE } from '../../src/plain-table.ts';
import { endpointName, kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { explainKinesis } from '../../src/producer/sinks/kinesis-errors.ts';
import { createStream, deleteStream, describeStream } from '../../src/producer/sinks/kinesis-streams.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import { readSettings } from '../../src/settings.ts';
import { confirm } from '../confirm.ts';

/** Resolves with the exit code. @throws AppError if Kinesis rejects a request or can't be reached */
export async function runStreams(action: 'create' | 'describe' | 'delete', yes: boolean): Promise<number> {
  const { id, kinesis } = readSettings();
  const streams = datasets.map(({ name }) => streamName(id, name));
  const client = kinesisClient(kinesis);
  try {
    if (action === 'create') return await create(client, streams);
    if (action === 'describe') return await describe(client, streams);
    return yes || (await agrees(streams, endpointName(kinesis))) ? await remove(client, streams) : 1;
  } catch (error) {
    throw explainKinesis(error, kinesis);
  } finally {
    client.destroy();
  }
}

async function create(client: KinesisClient, streams: readonly string[]): Promise<number> {
  const made = await Promise.all(streams.map((stream) => createStream(client, stream)));
  streams.forEach((stream, index) => {
    console.log(made[index] ? `created ${stream}` : `${stream} already exists`);
  });
  return 0;
}

async function describe(client: KinesisClient, streams: readonly string[]): Promise<number> {
  const table = new Table({
    head: ['stream', 'status', 'mode', 'open shards', 'kept for', 'created'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'left'],
    style: PLAIN_TABLE,
  });
  const found = await Promise.all(streams.map((stream) => describeStream(client, stream)));
  streams.forEach((stream, index) => {
    table.push([stream, ...cells(found[index])]);
  });
  console.log(String(table));
  if (found.every(Boolean)) return 0;
  console.error('Some streams do not exist: "npm run streams create" creates them.');
  return 1;
}

/** Returns the table cells of a stream. Some emulators report no mode, because Kinesis added modes later. */
const cells = (stream: StreamDescriptionSummary | undefined): string[] =>
  stream
    ? [
        stream.StreamStatus ?? '',
        stream.StreamModeDetails?.StreamMode?.toLowerCase().replace('_', ' ') ?? 'unknown',
        String(stream.OpenShardCount),
        `${stream.RetentionPeriodHours} h`,
        stream.StreamCreationTimestamp?.toISOString().slice(0, 19).replace('T', ' ') ?? '',
      ]
    : ['missing', '', '', '', ''];

const agrees = (streams: readonly string[], place: string): Promise<boolean> =>
  confirm(`Delete ${streams.join(', ')} at ${place}, with their records?`, {
    command: 'npm run streams delete -- --yes',
    loss: 'Streams would be deleted with their records.',
  });

async function remove(client: KinesisClient, streams: readonly string[]): Promise<number> {
  const gone = await Promise.all(streams.map((stream) => deleteStream(client, stream)));
  streams.forEach((stream, index) => {
    console.log(gone[index] ? `deleted ${stream}` : `${stream} does not exist`);
  });
  return 0;
}
