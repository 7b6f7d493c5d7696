/** Schemas and volumes: a schema for each pipeline, and the volumes in it. */
import { SCHEMA as SCHEMA_KEY, STREAM_SCHEMA as STREAM_SCHEMA_KEY } from '../../src/names.ts';
import { SCHEMA, STREAM_SCHEMA } from './job.ts';

/** By default, the variable contains no grants, because a grant on a schema includes the raw records. */
const grants = '${var.grants}';

const volume = (name: string, schema_name: string, comment: string) => ({
  catalog_name: '${var.catalog}',
  schema_name,
  name,
  comment,
  volume_type: 'MANAGED',
});

/** Schema and volumes of the batch pipeline. Production reads the bucket, not the volume `landing`. */
export const storage = () => ({
  schemas: {
    [SCHEMA_KEY]: {
      catalog_name: '${var.catalog}',
      name: '${var.schema}',
      comment:
        'Posts from Kafka and S3, day by day: records as they arrived (raw_), clean rows (clean_), rejected records (rejected_), and the answers.',
      grants,
    },
  },
  volumes: {
    landing: volume('landing', SCHEMA, 'Files in the layout of the S3 sink: topics/<topic>/partition=<n>/…'),
    checkpoints: volume(
      'checkpoints',
      SCHEMA,
      'How far each notebook has read. If this volume is deleted, the notebooks read everything again.',
    ),
  },
});

/** Schema and volumes of the streaming pipeline. */
export const streamStorage = () => ({
  schemas: {
    [STREAM_SCHEMA_KEY]: {
      catalog_name: '${var.catalog}',
      name: '${var.stream_schema}',
      comment:
        'Posts from Kinesis, continuously: records as they arrived (raw_), clean rows (clean_), rejected records (rejected_), and the answers.',
      grants,
    },
  },
  volumes: {
    stream_checkpoints: volume(
      'checkpoints',
      STREAM_SCHEMA,
      'How far each stream has read, in Kinesis or in a table.',
    ),
  },
});
