/** The settings of the AWS stacks: infra/settings.yml, checked, with the pipeline's id and region from the environment. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MAX_FLUSH_SIZE } from '../src/connector.ts';
import { AppError } from '../src/errors.ts';
import { readText, yamlOf } from '../src/files/read.ts';
import { placedBucketName } from '../src/names.ts';

export const SETTINGS_FILE = fileURLToPath(new URL('settings.yml', import.meta.url));

const whole = (least: number, most: number) => {
  const error = `a whole number from ${least} to ${most}`;
  return z.number(error).int(error).min(least, error).max(most, error);
};
const matching = (pattern: RegExp, error: string) => z.string(error).regex(pattern, error);
const either = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, words.join(' or '));
const yesOrNo = z.boolean('true or false');

/** https://docs.aws.amazon.com/kinesis/latest/dev/kinesis-extended-retention.html */
const KINESIS_RETENTION_HOURS = [24, 8760] as const;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const LOG_DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827];
/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const externalId = matching(
  /^[\w+=,.@:/-]{2,1224}$/,
  'the external id that Databricks shows, or null',
).nullable();

const schema = z.strictObject({
  kafka: z.strictObject({
    cluster: either('provisioned', 'serverless'),
    version: matching(/^\d+\.\d+\.(x|\d+)(\.kraft)?$/, "a version as MSK lists them, such as '3.9.x.kraft'"),
    zones: whole(2, 3),
    brokersPerZone: whole(1, 10),
    brokerInstance: matching(/^kafka\.\w+\.\w+$/, 'a broker type such as kafka.m7g.large'),
    brokerStorageGb: whole(1, 16_384),
    partitions: whole(1, 1000),
    retentionHours: whole(1, 8760),
    clientInstance: matching(/^\w+g\w*\.\w+$/, 'an arm64 instance type such as t4g.small'),
  }),
  connect: z.strictObject({
    workers: whole(1, 10),
    capacityUnits: z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)], '1, 2, 4 or 8'),
    flushSize: whole(1, MAX_FLUSH_SIZE),
    rotateMinutes: whole(1, 1440),
  }),
  ingress: z.strictObject({ requestsPerSecond: whole(1, 10_000), burst: whole(1, 5_000) }),
  streams: z.strictObject({ retentionHours: whole(...KINESIS_RETENTION_HOURS) }),
  storage: z.strictObject({ expireLandingDays: whole(1, 36_500), expireNoncurrentDays: whole(1, 36_500) }),
  databricks: z.strictObject({
    storageExternalId: externalId,
    kinesisExternalId: externalId,
    enhancedFanOut: yesOrNo,
    unityCatalogRole: matching(/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/, "the ARN of Databricks' own role"),
  }),
  orchestration: z.strictObject({
    enabled: yesOrNo,
    airflowVersion: matching(/^3\.\d+\.\d+$/, 'a version of Airflow 3 that MWAA has'),
    environmentClass: matching(/^mw1\.\w+$/, 'a class such as mw1.small'),
    maxWorkers: whole(1, 25),
    access: either('public', 'private'),
  }),
  logs: z.strictObject({
    retentionDays: z
      .number()
      .refine((days) => LOG_DAYS.includes(days), `one of ${LOG_DAYS.join(', ')}, as CloudWatch takes them`),
  }),
});

export interface InfraSettings extends z.infer<typeof schema> {
  /** The pipeline's id. */
  readonly id: string;
}

/** A bucket's name may hold neither capitals nor `_`. */
const AWS_ID = /^[a-z0-9][a-z0-9-]*$/;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET_NAME_LENGTH = 63;
const ACCOUNT_DIGITS = 12;

interface InfraPlace {
  /** Where it is known, the id is held against it too: the buckets' names hold both. */
  readonly region?: string | undefined;
  /** The settings, as YAML. */
  readonly text?: string;
}

/**
 * Checks the settings' text and the pipeline's id.
 * @throws AppError with the setting's name, what was expected and what was got
 */
export function readInfraSettings(
  id: string,
  { region, text = readText(SETTINGS_FILE) }: InfraPlace = {},
): InfraSettings {
  checkId(id, region);
  const parsed = schema.safeParse(yamlOf(text, 'infra/settings.yml', { code: 'INFRA_SETTINGS' }));
  if (parsed.success) return { id, ...parsed.data };
  const issue = parsed.error.issues[0];
  const name = issue?.path.join('.');
  if (!name && issue?.code === 'invalid_type')
    throw new AppError(
      'INFRA_SETTINGS',
      'infra/settings.yml holds no settings: take it from the repository again.',
    );
  if (issue?.code === 'unrecognized_keys')
    throw new AppError(
      'INFRA_SETTINGS',
      `infra/settings.yml holds a setting that nobody reads: ${[...issue.path, issue.keys[0]].join('.')}.`,
    );
  throw new AppError('INFRA_SETTINGS', `infra/settings.yml: ${name} has to be ${issue?.message}.`);
}

function checkId(id: string, region: string | undefined): void {
  if (!AWS_ID.test(id))
    throw new AppError(
      'INFRA_SETTINGS',
      `PIPELINE_ID names an S3 bucket in AWS, so it may hold lower-case letters, digits and - only; got "${id}".`,
    );
  if (region === undefined) return;
  // The longest of the names.
  const over =
    placedBucketName(id, 'artifacts', '0'.repeat(ACCOUNT_DIGITS), region).length - BUCKET_NAME_LENGTH;
  if (over > 0)
    throw new AppError(
      'INFRA_SETTINGS',
      `PIPELINE_ID names an S3 bucket, ${placedBucketName(id, 'artifacts', '<account>', region)}, whose name may have ${BUCKET_NAME_LENGTH} characters: in ${region} the id may have ${id.length - over} at most; got "${id}".`,
    );
}
