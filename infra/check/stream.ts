/** The streaming pipeline's hops: API → stream → the record read back → table. */
import { GetRecordsCommand, GetShardIteratorCommand } from '@aws-sdk/client-kinesis';
import { streamName } from '../../src/names.ts';
import { apiAt } from '../../src/producer/sinks/http-api.ts';
import type { ApiEndpoint } from '../../src/producer/sinks/http-endpoint.ts';
import { apiForbidden, firstLine } from '../../src/producer/sinks/http-errors.ts';
import { inTime, type KinesisEndpoint, kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { explainKinesis } from '../../src/producer/sinks/kinesis-errors.ts';
import { CHECKED, type Marked } from './marked.ts';
import { eventually, type Hop, HopBroken } from './walk.ts';

const READ_MS = 30_000;
const INTERVAL_MS = 1000;

export interface StreamOptions {
  /** The pipeline's id. */
  readonly id: string;
  readonly endpoint: ApiEndpoint;
  /** Where the record is read back. */
  readonly kinesis: KinesisEndpoint;
}

/** Returns the hops up to the stream. They must be checked in this order, because each needs the result of the hop before it. */
export function streamHops({ id, endpoint, kinesis }: StreamOptions, { mark, record }: Marked): Hop[] {
  const api = apiAt(endpoint);
  const stream = streamName(id, CHECKED);
  let put: { ShardId: string; SequenceNumber: string };
  return [
    {
      name: 'API',
      async pass() {
        const answer = await api({ method: 'GET', path: '/streams' });
        if (answer.status === 401 || answer.status === 403) throw apiForbidden(endpoint, answer);
        if (answer.status !== 200)
          throw new HopBroken(
            `the API can't list the streams (${answer.status}: ${firstLine(answer.body)}): see its role and the stack ingress.`,
          );
        return `${endpoint.url} answers`;
      },
    },
    {
      name: 'stream',
      async pass() {
        const body = { type: 'application/json', text: JSON.stringify({ Data: record, PartitionKey: mark }) };
        const answer = await api({ method: 'PUT', path: `/streams/${stream}/record`, body });
        put = answer.body as typeof put;
        if (answer.status === 200 && put.SequenceNumber !== undefined) return `${stream}, ${put.ShardId}`;
        throw new HopBroken(
          `stream ${stream} rejects the record (${answer.status}: ${firstLine(answer.body)}): check that it exists ("npm run streams") and that its name contains PIPELINE_ID.`,
        );
      },
    },
    {
      name: 'read back',
      async pass() {
        const found = await readBack(kinesis, stream, put, mark).catch((error: unknown) => {
          throw explainKinesis(error, kinesis);
        });
        if (found === undefined)
          throw new HopBroken(
            `the record can't be read back from ${stream}: see the API's mapping template.`,
          );
        if (normalized(found) !== JSON.stringify(record))
          throw new HopBroken(
            `the record in ${stream} differs from the sent record: ${found.slice(0, 200)}.`,
          );
        return 'as it was sent';
      },
    },
  ];
}

/** Returns JSON without whitespace between its parts; undefined for any other text, such as a doubly encoded record. */
function normalized(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readBack(
  kinesis: KinesisEndpoint,
  stream: string,
  { ShardId, SequenceNumber }: { ShardId: string; SequenceNumber: string },
  mark: string,
): Promise<string | undefined> {
  const client = kinesisClient(kinesis);
  try {
    const from = {
      StreamName: stream,
      ShardId,
      ShardIteratorType: 'AT_SEQUENCE_NUMBER' as const,
      StartingSequenceNumber: SequenceNumber,
    };
    let { ShardIterator } = await client.send(new GetShardIteratorCommand(from), inTime());
    return await eventually(
      async () => {
        const answer = await client.send(new GetRecordsCommand({ ShardIterator }), inTime());
        ShardIterator = answer.NextShardIterator;
        return answer.Records?.map(({ Data }) => String(Buffer.from(Data ?? []))).find((text) =>
          text.includes(mark),
        );
      },
      { waitMs: READ_MS, intervalMs: INTERVAL_MS },
    );
  } finally {
    client.destroy();
  }
}
