/** The destinations of posts: the name of each, the pipeline that it feeds, and the settings that select it. */
import { UsageError } from '../../src/errors.ts';
import { streamName, topicName } from '../../src/names.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import type { Settings } from '../../src/settings.ts';

/** The flags of `npm run produce` that apply to only one destination. */
interface DestinationFlags {
  readonly compression?: 'none' | 'gzip';
  readonly createTopics?: boolean;
  readonly landing?: string | undefined;
}

const PIPELINES = ['batch', 'streaming'] as const;
type Pipeline = (typeof PIPELINES)[number];

interface Destination {
  /**
   * The pipeline that receives the posts. A run can send the same posts to both pipelines, to one destination of each.
   */
  readonly pipeline: Pipeline;
  /** Returns the name of a dataset's topic or stream. */
  readonly target: (id: string, dataset: string) => string;
  /**
   * Environment variables. Setting any of them selects the destination; if there are none, only the command line can
   * select it.
   */
  readonly namedBy: readonly string[];
  /** Loads the sink's client and returns the sink. */
  readonly sink: (settings: Settings, flags: DestinationFlags) => Promise<Sink>;
}

const destinations = {
  kafka: {
    pipeline: 'batch',
    target: topicName,
    namedBy: ['KAFKA_BROKERS'],
    sink: async ({ id, brokers, kafka, aws }, flags) => {
      const { kafkaSink } = await import('../../src/producer/sinks/kafka.ts');
      const { kafkaAuth } = await import('../../src/producer/sinks/kafka-auth.ts');
      return kafkaSink({ ...flags, brokers, id, auth: kafkaAuth(kafka, aws.region) });
    },
  },
  rest: {
    pipeline: 'batch',
    target: topicName,
    namedBy: ['REST_URL'],
    sink: async ({ id, aws, rest: { auth, ...rest } }) => {
      const { restSink } = await import('../../src/producer/sinks/rest.ts');
      const signed = auth === undefined ? undefined : auth === 'iam';
      return restSink({ ...rest, setting: 'REST_URL', signed, region: aws.region, id });
    },
  },
  volume: {
    pipeline: 'batch',
    target: topicName,
    namedBy: [],
    sink: async (settings, { landing }) => {
      const { volumeSink } = await import('../../src/producer/sinks/volume.ts');
      const { volumeClient } = await import('../../src/databricks/volume.ts');
      const { readConnection } = await import('../../src/databricks/connection.ts');
      const client = volumeClient(await readConnection(settings));
      return volumeSink({ client, landing: landing ?? settings.landing, id: settings.id });
    },
  },
  // Must precede `kinesis`, because the first destination with a set variable is selected, and AWS_REGION, a variable
  // of `kinesis`, is also set for the gateway.
  gateway: {
    pipeline: 'streaming',
    target: streamName,
    namedBy: ['GATEWAY_URL'],
    sink: async ({ id, kinesis, gateway: { url, ...gateway } }) => {
      const { gatewaySink } = await import('../../src/producer/sinks/gateway.ts');
      if (url === undefined)
        throw new UsageError('GATEWAY_URL must be the invoke URL of the API in front of Kinesis.');
      return gatewaySink({ ...kinesis, ...gateway, url, setting: 'GATEWAY_URL', signed: true, id });
    },
  },
  kinesis: {
    pipeline: 'streaming',
    target: streamName,
    namedBy: ['AWS_REGION', 'AWS_ENDPOINT_URL_KINESIS', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL'],
    sink: async ({ id, kinesis }) => {
      const { kinesisSink } = await import('../../src/producer/sinks/kinesis.ts');
      return kinesisSink({ ...kinesis, id });
    },
  },
} satisfies Readonly<Record<string, Destination>>;

export type DestinationName = keyof typeof destinations;

export const DESTINATIONS = Object.keys(destinations) as DestinationName[];

export const destinationOf = (name: DestinationName): Destination => destinations[name];

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

const destinationsOf = (pipeline: Pipeline): DestinationName[] =>
  DESTINATIONS.filter((name) => destinationOf(name).pipeline === pipeline);

/** Returns the first variable of each of a pipeline's destinations, joined by "or". */
const namedBy = (pipeline: Pipeline): string =>
  OR.format(destinationsOf(pipeline).flatMap((name) => destinationOf(name).namedBy.slice(0, 1)));

/**
 * Returns the destinations that the settings select, at most one for each pipeline, and a sentence for each pipeline without a destination.
 * @throws {UsageError} if the settings select none
 */
export function namedDestinations({ named }: Pick<Settings, 'named'>): {
  to: DestinationName[];
  off: string[];
} {
  const to: DestinationName[] = [];
  const off: string[] = [];
  for (const pipeline of PIPELINES) {
    const there = destinationsOf(pipeline).find((name) =>
      destinationOf(name).namedBy.some((variable) => named.has(variable)),
    );
    if (there) to.push(there);
    else off.push(`The ${pipeline} pipeline gets no posts. To send posts to it, set ${namedBy(pipeline)}.`);
  }
  if (to.length > 0) return { to, off };
  throw new UsageError(
    `The settings name no destination: set ${namedBy('batch')} for the batch pipeline, ${namedBy('streaming')} for the streaming pipeline, or name a destination, as in "npm run produce kafka".`,
  );
}
