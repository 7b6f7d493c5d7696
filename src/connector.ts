/** The S3 sink connector's configuration, the same for MSK Connect and for the emulator on this machine. */

export interface ConnectorOptions {
  /** The pipeline's id. */
  readonly id: string;
  readonly bucket: string;
  readonly region: string;
  /** Records in one object, at most `MAX_FLUSH_SIZE`. */
  readonly flushSize: number;
  /** Milliseconds after which an object is closed even if it isn't full. */
  readonly rotateMs: number;
  /** Location of the buckets if not Amazon S3: `file:///…` for the emulator. */
  readonly storeUrl?: string;
}

/**
 * The maximum of `flushSize`. It limits an object to about 20 MB (records of 2 kB), because notebooks read an object as a
 * whole.
 */
export const MAX_FLUSH_SIZE = 10_000;

/** Returns the connector's name; the connector's consumer group is `connect-<name>`. */
export const connectorName = (id: string): string => `${id}-s3-sink`;

/** Returns the properties by their Confluent names. Records are written unchanged, even if malformed. */
export function connectorProperties(options: ConnectorOptions): Record<string, string> {
  const { id, bucket, region, flushSize, rotateMs, storeUrl } = options;
  return {
    name: connectorName(id),
    'connector.class': 'io.confluent.connect.s3.S3SinkConnector',
    'tasks.max': '3',
    // The names that generator/check.ts allows. `[.]` instead of `\.`, because a backslash is an escape character in a
    // properties file.
    'topics.regex': `${id}[.][a-z][a-z0-9_]*`,
    's3.bucket.name': bucket,
    's3.region': region,
    ...(storeUrl === undefined ? {} : { 'store.url': storeUrl }),
    'topics.dir': 'topics',
    'flush.size': String(flushSize),
    'rotate.schedule.interval.ms': String(rotateMs),
    timezone: 'UTC',
    'storage.class': 'io.confluent.connect.s3.storage.S3Storage',
    'format.class': 'io.confluent.connect.s3.format.bytearray.ByteArrayFormat',
    'format.bytearray.extension': '.json',
    'partitioner.class': 'io.confluent.connect.storage.partitioner.DefaultPartitioner',
    'key.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    'value.converter': 'org.apache.kafka.connect.converters.ByteArrayConverter',
    'behavior.on.null.values': 'ignore',
    's3.compression.type': 'none',
  };
}
