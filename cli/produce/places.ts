/** Where posts go: each place by its name, the half of the pipeline that it feeds, and the settings that name it. */
import { UsageError } from '../../src/errors.ts';
import { streamName, topicName } from '../../src/names.ts';
import type { Sink } from '../../src/producer/sinks/sink.ts';
import type { Settings } from '../../src/settings.ts';

/** What the words of a command say about a place. */
interface PlaceFlags {
  readonly compression?: 'none' | 'gzip';
  readonly createTopics?: boolean;
  readonly landing?: string | undefined;
}

interface Place {
  /** Both halves get the same posts; each half has one way in at a time. */
  readonly half: 'batch' | 'stream';
  /** Names a dataset's topic or stream. */
  readonly target: (id: string, dataset: string) => string;
  /** The variables any of which names it; none where it must be asked for. */
  readonly namedBy: readonly string[];
  /** Its client is loaded only where it is sent to. */
  readonly sink: (settings: Settings, flags: PlaceFlags) => Promise<Sink>;
}

const places = {
  kafka: {
    half: 'batch',
    target: topicName,
    namedBy: ['KAFKA_BROKERS'],
    sink: async ({ id, brokers, kafka, kinesis }, flags) => {
      const { kafkaSink } = await import('../../src/producer/sinks/kafka.ts');
      const { kafkaAuth } = await import('../../src/producer/sinks/kafka-auth.ts');
      return kafkaSink({ ...flags, brokers, id, auth: kafkaAuth(kafka, kinesis.region) });
    },
  },
  rest: {
    half: 'batch',
    target: topicName,
    namedBy: ['REST_URL'],
    sink: async ({ id, kinesis, rest: { auth, ...rest } }) => {
      const { restSink } = await import('../../src/producer/sinks/rest.ts');
      const signed = auth === undefined ? undefined : auth === 'iam';
      return restSink({ ...rest, setting: 'REST_URL', signed, region: kinesis.region, id });
    },
  },
  volume: {
    half: 'batch',
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
  // Before kinesis: its region is set for both, and GATEWAY_URL for nothing else.
  gateway: {
    half: 'stream',
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
    half: 'stream',
    target: streamName,
    namedBy: ['AWS_REGION', 'AWS_ENDPOINT_URL_KINESIS', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL'],
    sink: async ({ id, kinesis }) => {
      const { kinesisSink } = await import('../../src/producer/sinks/kinesis.ts');
      return kinesisSink({ ...kinesis, id });
    },
  },
} satisfies Readonly<Record<string, Place>>;

export type PlaceName = keyof typeof places;

export const PLACES = Object.keys(places) as PlaceName[];

export const placeOf = (name: PlaceName): Place => places[name];

const HALVES = ['batch', 'stream'] as const;

const OR = new Intl.ListFormat('en-GB', { type: 'disjunction' });

/** What to set so that a half has somewhere to go: the first variable of each of its places. */
const namedBy = (half: Place['half']): string =>
  OR.format(PLACES.flatMap((name) => (placeOf(name).half === half ? placeOf(name).namedBy.slice(0, 1) : [])));

/**
 * The places that the settings name, the first of each half, and a sentence for a half without one.
 * @throws {UsageError} where they name none
 */
export function namedPlaces({ named }: Pick<Settings, 'named'>): { to: PlaceName[]; off: string[] } {
  const to: PlaceName[] = [];
  const off: string[] = [];
  for (const half of HALVES) {
    const there = PLACES.find(
      (name) => placeOf(name).half === half && placeOf(name).namedBy.some((variable) => named.has(variable)),
    );
    if (there) to.push(there);
    else off.push(`The ${half} half gets nothing: ${namedBy(half)} is not set.`);
  }
  if (to.length > 0) return { to, off };
  throw new UsageError(
    `The settings name no place to send to: set ${namedBy('batch')} for the batch half, ${namedBy('stream')} for the stream half, or say where, as in "npm run produce kafka".`,
  );
}
