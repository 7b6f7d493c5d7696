/**
 * The metrics that raise alarms, for each place that a record passes: their thresholds, and what to do after an alarm. This file
 * doesn't import the CDK, which takes seconds to load, because the cost counts the alarms.
 */
import { connectorName } from '../../src/connector.ts';
import { stackName, streamName, topicName } from '../../src/names.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import type { InfraSettings } from '../settings.ts';
import { STAGE } from '../stage.ts';

export interface Watched {
  /** The end of the alarm's name. */
  readonly key: string;
  /** The graph's title. */
  readonly title: string;
  readonly description: string;
  readonly metric: WatchedMetric;
  readonly threshold: number;
  /** Number of consecutive periods beyond the threshold that raise the alarm. */
  readonly periods: number;
  /** Whether missing values also raise the alarm. */
  readonly missing?: boolean;
  /** Whether values below the threshold, instead of above, raise the alarm. */
  readonly below?: boolean;
}

/** A metric of CloudWatch. */
export interface WatchedMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: 'Maximum' | 'Minimum' | 'Sum';
  /** Values of the dimensions by name. */
  readonly dimensionsMap: Readonly<Record<string, string>>;
}

/** Names that CloudFormation generates. */
export interface WatchedNames {
  readonly balancer: string;
  readonly targets: string;
}

/** The period of every metric. */
export const PERIOD_MINUTES = 5;
/**
 * Above 60 %, a disk grows automatically, but at most once in six hours. Above this percentage, it fills too fast or can't
 * grow any more.
 */
const DISK_PERCENT = 85;
/** A credit is a minute of one processor. A new broker begins without credits, and earns more than these within an hour. */
const CPU_CREDITS = 10;
/** Seconds of lag that raise no alarm, in addition to the time after which the sink closes an object. */
const LAG_MARGIN_SECONDS = 900;
const API_ERRORS = 5;
/** The stream job polls a record within seconds of its arrival. */
const ITERATOR_AGE_MS = 3_600_000;

const metric = (
  namespace: string,
  metricName: string,
  statistic: WatchedMetric['statistic'],
  dimensionsMap: WatchedMetric['dimensionsMap'],
): WatchedMetric => ({ namespace, metricName, statistic, dimensionsMap });

/** Returns all watched metrics. */
export function watched(settings: InfraSettings, names: WatchedNames): Watched[] {
  return [
    ...brokers(settings),
    ...connector(settings),
    ...lags(settings),
    ...api(settings, names),
    ...streams(settings),
  ];
}

/** MSK publishes these metrics at every monitoring level: https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html */
function brokers({ id, kafka }: InfraSettings): Watched[] {
  if (kafka.cluster === 'serverless') return [];
  const cluster = { 'Cluster Name': stackName(id, 'kafka') };
  const numbers = Array.from({ length: kafka.zones * kafka.brokersPerZone }, (_, index) => index + 1);
  return [
    {
      key: 'offline-partitions',
      title: 'Brokers: partitions without a leader',
      description:
        "Partitions can't be read or written: see the brokers' log group, which ends in -brokers, and the cluster's state in MSK",
      metric: metric('AWS/Kafka', 'OfflinePartitionsCount', 'Maximum', cluster),
      threshold: 0,
      periods: 2,
    },
    ...numbers.flatMap((broker) => ofBroker(broker, { ...cluster, 'Broker ID': String(broker) }, kafka)),
  ];
}

function ofBroker(
  broker: number,
  dimensions: Readonly<Record<string, string>>,
  { brokerInstance }: InfraSettings['kafka'],
): Watched[] {
  const all: Watched[] = [
    {
      key: `disk-${broker}`,
      title: "Brokers' disks in use, percent",
      description: `Broker ${broker} uses more than ${DISK_PERCENT} % of its disk: raise kafka.brokerStorageMaxGb or lower kafka.retentionHours`,
      metric: metric('AWS/Kafka', 'KafkaDataLogsDiskUsed', 'Maximum', dimensions),
      threshold: DISK_PERCENT,
      periods: 1,
    },
    {
      key: `replicas-${broker}`,
      title: 'Brokers: partitions with a replica out of sync',
      description: `Partitions that broker ${broker} leads lacked a replica for 30 minutes: see whether the other brokers are online and have processor time left, then choose a larger kafka.brokerInstance`,
      // While Amazon updates the brokers one after the other, all replicas are in sync for a while before the next broker restarts.
      metric: metric('AWS/Kafka', 'UnderReplicatedPartitions', 'Minimum', dimensions),
      threshold: 0,
      periods: 6,
    },
  ];
  // Only these machines have credits for their processor.
  if (!brokerInstance.startsWith('kafka.t3.')) return all;
  return [
    ...all,
    {
      key: `credits-${broker}`,
      title: 'Brokers: CPU credits left',
      description: `Broker ${broker} has used up its CPU credits and becomes slow: send fewer requests, or choose a larger kafka.brokerInstance`,
      metric: metric('AWS/Kafka', 'CPUCreditBalance', 'Maximum', dimensions),
      threshold: CPU_CREDITS,
      periods: 12,
      below: true,
    },
  ];
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/mkc-monitoring-overview.html */
function connector({ id }: InfraSettings): Watched[] {
  const ConnectorName = connectorName(id);
  return [
    {
      key: 'connector',
      title: 'S3 sink: running tasks',
      description: 'The S3 sink has no running task: see its log group, which ends in -connect',
      metric: metric('AWS/KafkaConnect', 'RunningTaskCount', 'Minimum', { ConnectorName }),
      threshold: 1,
      periods: 3,
      missing: true,
      below: true,
    },
    {
      key: 'connector-tasks',
      title: 'S3 sink: failed tasks',
      description:
        'A task of the S3 sink has failed, so the records of its partitions reach no object: see the log group that ends in -connect, correct the cause, then run npm run infra destroy connect and npm run infra deploy connect',
      metric: metric('AWS/KafkaConnect', 'ErroredTaskCount', 'Maximum', { ConnectorName }),
      threshold: 0,
      periods: 2,
    },
  ];
}

/** The sink closes an object after some time. Until then, the object's records count as lag. */
const lags = ({ id, connect }: InfraSettings): Watched[] =>
  datasets.map(({ name }) => ({
    key: `lag-${name}`,
    title: 'S3 sink: seconds behind',
    description: `The S3 sink is behind on topic ${topicName(id, name)}: see its log group, then raise connect.workers`,
    metric: metric('AWS/Kafka', 'EstimatedMaxTimeLag', 'Maximum', {
      'Cluster Name': stackName(id, 'kafka'),
      'Consumer Group': `connect-${connectorName(id)}`,
      Topic: topicName(id, name),
    }),
    threshold: connect.rotateMinutes * 60 + LAG_MARGIN_SECONDS,
    periods: 2,
  }));

const api = ({ id }: InfraSettings, { balancer, targets }: WatchedNames): Watched[] => [
  {
    key: 'rest-proxy',
    title: 'REST proxy: healthy machines',
    description: 'The REST proxy does not respond: see "journalctl -u kafka-rest" on the client machine',
    metric: metric('AWS/NetworkELB', 'HealthyHostCount', 'Maximum', {
      LoadBalancer: balancer,
      TargetGroup: targets,
    }),
    threshold: 1,
    periods: 2,
    missing: true,
    below: true,
  },
  {
    key: 'api-errors',
    title: 'API: 5xx responses',
    description: `The API returned 5xx more than ${API_ERRORS} times in five minutes: "npm run infra check" shows which part fails`,
    metric: metric('AWS/ApiGateway', '5XXError', 'Sum', { ApiName: stackName(id, 'api'), Stage: STAGE }),
    threshold: API_ERRORS,
    periods: 1,
  },
];

/**
 * The metric is the age of the records that calls of GetRecords returned, by any reader. It has no value without a reader, so the
 * bundle's notification reports a stream job that failed. It has no value with enhanced fan-out either: there the metric
 * SubscribeToShardEvent.MillisBehindLatest needs the consumer's name, which Databricks generates.
 * https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
 */
const streams = ({ id }: InfraSettings): Watched[] =>
  datasets.map(({ name }) => ({
    key: `iterator-age-${name}`,
    title: 'Streams: age of the oldest record when polled, milliseconds',
    description: `Records of stream ${streamName(id, name)} are more than an hour old when a reader polls them: check the stream job before the stream deletes unread records. Readers with enhanced fan-out, and the time from reading to a table, are not measured`,
    metric: metric('AWS/Kinesis', 'GetRecords.IteratorAgeMilliseconds', 'Maximum', {
      StreamName: streamName(id, name),
    }),
    threshold: ITERATOR_AGE_MS,
    periods: 2,
  }));
