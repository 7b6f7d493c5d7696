/** The validated settings of the AWS stacks: a profile, the changes in infra/settings.yml, and the pipeline's id. */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { MAX_FLUSH_SIZE } from '../src/connector.ts';
import { AppError } from '../src/errors.ts';
import { readText, readYaml, yamlOf } from '../src/files/read.ts';
import { whole } from '../src/whole-number.ts';
import { recordedImage } from './images.ts';

const SETTINGS_FILE = fileURLToPath(new URL('settings.yml', import.meta.url));

const PROFILES = ['trial', 'production'] as const;
type Profile = (typeof PROFILES)[number];

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
    version: matching(/^\d+\.\d+\.(x|\d+)(\.kraft)?$/, "a version in MSK's list, such as '3.9.x.kraft'"),
    zones: whole(2, 3),
    zoneNames: z.array(matching(/^[a-z0-9-]+[a-z]$/, 'zones such as us-east-1a')).nullable(),
    brokersPerZone: whole(1, 10),
    brokerInstance: matching(/^kafka\.\w+\.\w+$/, 'a broker type such as kafka.m7g.large'),
    brokerStorageGb: whole(1, 16_384),
    brokerStorageMaxGb: whole(1, 16_384),
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
  streams: z.strictObject({
    mode: either('on-demand', 'provisioned'),
    shards: whole(1, 200),
    retentionHours: whole(...KINESIS_RETENTION_HOURS),
  }),
  storage: z.strictObject({ expireLandingDays: whole(1, 36_500), expireNoncurrentDays: whole(1, 36_500) }),
  databricks: z.strictObject({
    storageExternalId: externalId,
    kinesisExternalId: externalId,
    enhancedFanOut: yesOrNo,
    unityCatalogRole: matching(/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/, "the ARN of Databricks' own role"),
  }),
  source: z.strictObject({
    enabled: yesOrNo,
    instance: matching(/^db\.\w+\.\w+$/, 'a database class such as db.t4g.micro'),
    storageGb: whole(20, 16_384),
    keepSnapshot: yesOrNo,
  }),
  orchestration: z.strictObject({
    enabled: yesOrNo,
    airflowVersion: matching(/^3\.\d+\.\d+$/, 'a version of Airflow 3 that MWAA has'),
    environmentClass: matching(/^mw1\.\w+$/, 'a class such as mw1.small'),
    maxWorkers: whole(1, 25),
    access: either('public', 'private'),
  }),
  alarms: z.strictObject({
    email: z.email('a mail address, or null').nullable(),
    monthlyBudgetUsd: whole(1, 1_000_000),
  }),
  logs: z.strictObject({
    retentionDays: z
      .number()
      .refine((days) => LOG_DAYS.includes(days), `one of ${LOG_DAYS.join(', ')}, the values of CloudWatch`),
  }),
});

export interface InfraSettings extends z.infer<typeof schema> {
  /** The pipeline's id. */
  readonly id: string;
  readonly profile: Profile;
  /** The recorded image of the client machine in this region. */
  readonly clientImage: string | undefined;
}

interface InfraSettingsOptions {
  readonly region?: string | undefined;
  /** The settings, as YAML. */
  readonly text?: string;
}

/**
 * Returns the settings: the profile's values and the changes to them, validated.
 * @throws AppError with the setting's name and what was expected
 */
export function readInfraSettings(
  id: string,
  { region, text = readText(SETTINGS_FILE) }: InfraSettingsOptions = {},
): InfraSettings {
  const { profile, ...changes } = (yamlOf(text, 'infra/settings.yml', { code: 'INFRA_SETTINGS' }) ?? {}) as {
    profile?: unknown;
  };
  if (!PROFILES.some((one) => one === profile))
    throw refused(`profile must be ${PROFILES.join(' or ')}; got ${JSON.stringify(profile)}.`);
  const merged = merge(profileValues(profile as Profile), changes);
  const parsed = schema.safeParse(merged);
  const clientImage = region === undefined ? undefined : recordedImage(region);
  if (parsed.success) return checkTogether({ id, profile: profile as Profile, clientImage, ...parsed.data });
  const issue = parsed.error.issues[0];
  const name = issue?.path.join('.');
  if (issue?.code === 'unrecognized_keys')
    throw refused(`there is no setting ${[...issue.path, issue.keys[0]].join('.')}.`);
  throw refused(`${name} must be ${issue?.message}.`);
}

type Values = Readonly<Record<string, unknown>>;

/** Returns a profile's values. The file of a profile contains only its differences from `production`. */
function profileValues(profile: Profile): Values {
  const values = (name: Profile) =>
    readYaml(fileURLToPath(new URL(`profiles/${name}.yml`, import.meta.url))) as Values;
  return merge(values('production'), values(profile));
}

const isGroup = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (values: Values, changes: Values): Values => ({
  ...values,
  ...Object.fromEntries(
    Object.entries(changes).map(([name, value]) => {
      const before = values[name];
      return [name, isGroup(before) && isGroup(value) ? { ...before, ...value } : value];
    }),
  ),
});

/** Checks settings that depend on each other. */
function checkTogether(settings: InfraSettings): InfraSettings {
  const { zones, zoneNames, brokerStorageGb, brokerStorageMaxGb } = settings.kafka;
  if (zoneNames !== null && zoneNames.length !== zones)
    throw refused(
      `kafka.zoneNames must name ${zones} zones, the number in kafka.zones; got ${zoneNames.length}.`,
    );
  if (brokerStorageMaxGb < brokerStorageGb)
    throw refused(
      `kafka.brokerStorageMaxGb must be at least kafka.brokerStorageGb, which is ${brokerStorageGb}.`,
    );
  return settings;
}

const refused = (sentence: string): AppError =>
  new AppError('INFRA_SETTINGS', `infra/settings.yml: ${sentence}`);
