/** The connector's options that this emulator supports, with Confluent's names. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MAX_FLUSH_SIZE } from '../../../src/connector.ts';
import { AppError } from '../../../src/errors.ts';
import { wholeOfText } from '../../../src/whole-number.ts';

class ConnectorConfigError extends AppError {
  constructor(message: string) {
    super('CONNECTOR_CONFIG', message);
  }
}

const BYTE_ARRAY_CONVERTER = 'org.apache.kafka.connect.converters.ByteArrayConverter';
const DAY_MS = 86_400_000;

const schema = z.strictObject({
  name: z.string('a name').regex(/^[\w.-]+$/, 'letters, digits, dots, - and _'),
  'connector.class': z.literal('io.confluent.connect.s3.S3SinkConnector'),
  'tasks.max': wholeOfText(1, 1000).default(1),
  'topics.regex': z.string('a regular expression'),
  's3.bucket.name': z
    .string('a bucket')
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dots, - and _'),
  's3.region': z.string().optional(),
  'store.url': z
    .string('file:///… (the folder of the buckets)')
    .regex(/^file:\/\/\//, 'file:///… (the folder of the buckets)'),
  'topics.dir': z
    .string()
    .regex(/^[\w-]+$/, 'one folder name')
    .default('topics'),
  'flush.size': wholeOfText(1, MAX_FLUSH_SIZE),
  'rotate.schedule.interval.ms': wholeOfText(-1, DAY_MS).default(-1),
  timezone: z.literal('UTC').optional(),
  'storage.class': z.literal('io.confluent.connect.s3.storage.S3Storage'),
  'format.class': z.literal('io.confluent.connect.s3.format.bytearray.ByteArrayFormat'),
  'format.bytearray.extension': z.literal('.json'),
  'partitioner.class': z
    .literal('io.confluent.connect.storage.partitioner.DefaultPartitioner')
    .default('io.confluent.connect.storage.partitioner.DefaultPartitioner'),
  'key.converter': z.literal(BYTE_ARRAY_CONVERTER),
  'value.converter': z.literal(BYTE_ARRAY_CONVERTER),
  'behavior.on.null.values': z.literal('ignore'),
  's3.compression.type': z.literal('none').default('none'),
});

export interface SinkConfig {
  readonly name: string;
  /** Returns whether this connector reads the topic. */
  takes(topic: string): boolean;
  /** The bucket's folder. */
  readonly bucket: string;
  readonly topicsDir: string;
  readonly flushSize: number;
  /** Interval in milliseconds at which open objects close; undefined if objects close only when they are full. */
  readonly rotateMs: number | undefined;
}

/** @throws ConnectorConfigError that names the invalid option */
export function readConfig(properties: Readonly<Record<string, string>>): SinkConfig {
  const parsed = schema.safeParse(properties);
  if (!parsed.success) throw new ConnectorConfigError(explain(parsed.error.issues[0], properties));
  const value = parsed.data;
  const { 'topics.regex': regex, 'rotate.schedule.interval.ms': rotateMs } = value;
  if (rotateMs > 0 && value.timezone === undefined)
    throw new ConnectorConfigError(
      'rotate.schedule.interval.ms needs the option timezone: set timezone=UTC.',
    );
  const pattern = new RegExp(`^(?:${regex})$`);
  return {
    name: value.name,
    takes: (topic) => pattern.test(topic),
    bucket: fileURLToPath(new URL(value['s3.bucket.name'], `${value['store.url'].replace(/\/*$/, '')}/`)),
    topicsDir: value['topics.dir'],
    flushSize: value['flush.size'],
    rotateMs: rotateMs > 0 ? rotateMs : undefined,
  };
}

function explain(issue: z.core.$ZodIssue | undefined, properties: Readonly<Record<string, string>>): string {
  if (issue?.code === 'unrecognized_keys')
    return `This emulator of the S3 sink doesn't support the option ${issue.keys.join(', ')}; remove it, or use the real connector.`;
  const option = String(issue?.path[0]);
  const expected = issue?.code === 'invalid_value' ? issue.values.join(' or ') : issue?.message;
  const met = properties[option];
  return met === undefined
    ? `The connector's option ${option} is missing: expected ${expected}.`
    : `The connector's option ${option} can't be "${met}" here: expected ${expected}.`;
}
