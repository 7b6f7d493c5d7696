/** The doctor's queries to AWS, one call each. The older services return XML, in which only a few elements are looked up or counted. */
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import type { Answer, Aws } from './aws.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

type Form = Readonly<Record<string, string>>;

/** Calls a service that takes its action from a form and returns XML: STS, EC2, CloudFormation, CloudWatch. */
const query = (aws: Aws, service: string, version: string, form: Form) =>
  aws.call({
    service,
    method: 'POST',
    headers: FORM,
    body: new URLSearchParams({ ...form, Version: version }).toString(),
  });

/** Calls a service that uses JSON: Service Quotas, Kinesis, SSM. */
const tell = (aws: Aws, service: string, target: string, body: object) =>
  aws.call({
    service,
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(body),
  });

export interface Caller {
  readonly account: string;
  readonly arn: string;
  /** When the credentials expire; undefined if they don't. */
  readonly expires: Date | undefined;
}

/** Returns the caller's identity. @throws AppError if AWS rejects the credentials */
export async function whoAmI(aws: Aws): Promise<Caller> {
  const answer = await query(aws, 'sts', '2011-06-15', { Action: 'GetCallerIdentity' });
  const account = inXml(answer.text, 'Account');
  const arn = inXml(answer.text, 'Arn');
  if (answer.status !== 200 && (answer.status < 400 || answer.status >= 500 || answer.status === 429))
    throw denied('sts:GetCallerIdentity', answer);
  if (!account || !arn)
    throw new AppError(
      'CREDENTIALS',
      `AWS rejects the credentials (${answer.status}): sign in again, with "aws sso login" or "aws configure".`,
    );
  return { account, arn, expires: await aws.credentialsEnd() };
}

const inXml = (text: string, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
const inJson = (text: string, name: string) => new RegExp(`"${name}"\\s*:\\s*"([^"]+)"`).exec(text)?.[1];

export interface StackState {
  /** CloudFormation's name of the state, such as `CREATE_COMPLETE`. */
  readonly status: string;
  /** CloudFormation's reason, or an empty text. */
  readonly reason: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Returns the state of a stack, or undefined if no stack has this name. */
export async function stackState(aws: Aws, name: string): Promise<StackState | undefined> {
  const form = { Action: 'DescribeStacks', StackName: name };
  const { status, text } = await query(aws, 'cloudformation', '2010-05-15', form);
  if (status === 400 && text.includes('does not exist')) return undefined;
  if (status !== 200) throw denied('cloudformation:DescribeStacks', { status, text });
  // The order of the elements of an output is not documented, and has changed.
  const outputs = text.split('</member>').flatMap((member) => {
    const key = inXml(member, 'OutputKey');
    return key === undefined ? [] : [[key, inXml(member, 'OutputValue') ?? '']];
  });
  return {
    status: inXml(text, 'StackStatus') ?? 'UNKNOWN',
    reason: inXml(text, 'StackStatusReason') ?? '',
    outputs: Object.fromEntries(outputs),
  };
}

/** Starts the deletion of a stack, with the role that deployed it. */
export async function deleteStack(aws: Aws, name: string): Promise<void> {
  const form = { Action: 'DeleteStack', StackName: name };
  const answer = await query(aws, 'cloudformation', '2010-05-15', form);
  if (answer.status !== 200) throw denied('cloudformation:DeleteStack', answer);
}

/** Returns the id of the newest image, which Amazon publishes in `parameter` of Systems Manager. */
export async function newestImage(aws: Aws, parameter: string): Promise<string> {
  const answer = await tell(aws, 'ssm', 'AmazonSSM.GetParameter', { Name: parameter });
  const image = inJson(answer.text, 'Value');
  if (answer.status !== 200 || !image) throw denied('ssm:GetParameter', answer);
  return image;
}

/** Returns the text of a secret. */
export async function secretValue(aws: Aws, secret: string): Promise<string> {
  const answer = await tell(aws, 'secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: secret });
  if (answer.status !== 200) throw denied('secretsmanager:GetSecretValue', answer);
  return secretAnswer.parse(JSON.parse(answer.text)).SecretString;
}
const secretAnswer = z.object({ SecretString: z.string() });

/** Returns the MySQL versions that RDS offers for a database class in the region. */
export async function mysqlVersions(aws: Aws, instance: string): Promise<string[]> {
  const versions: string[] = [];
  for (let marker: string | undefined; ; ) {
    const answer = await query(aws, 'rds', '2014-10-31', {
      Action: 'DescribeOrderableDBInstanceOptions',
      Engine: 'mysql',
      DBInstanceClass: instance,
      ...(marker !== undefined && { Marker: marker }),
    });
    if (answer.status !== 200) throw denied('rds:DescribeOrderableDBInstanceOptions', answer);
    const found = answer.text.matchAll(/<EngineVersion>([^<]+)<\/EngineVersion>/g);
    versions.push(...[...found].map(([, version = '']) => version));
    marker = inXml(answer.text, 'Marker');
    if (marker === undefined) return versions;
  }
}

/** Returns the versions of Kafka that MSK lists in the region, each with its status, such as `ACTIVE` or `DEPRECATED`. */
export async function kafkaVersions(aws: Aws): Promise<ReadonlyMap<string, string>> {
  const versions = new Map<string, string>();
  for (let nextToken: string | undefined; ; ) {
    const query = nextToken === undefined ? {} : { nextToken };
    const answer = await aws.call({ service: 'kafka', path: '/v1/kafka-versions', query });
    if (answer.status !== 200) throw denied('kafka:ListKafkaVersions', answer);
    const page = kafkaVersionsAnswer.parse(JSON.parse(answer.text));
    for (const { version, status } of page.kafkaVersions) versions.set(version, status);
    nextToken = page.nextToken ?? undefined;
    if (nextToken === undefined) return versions;
  }
}
const kafkaVersionsAnswer = z.object({
  kafkaVersions: z.array(z.object({ version: z.string(), status: z.string() })),
  nextToken: z.string().nullish(),
});

export interface Zone {
  readonly name: string;
  /** The zone's id, which is the same in every account; the zone's name is not. */
  readonly id: string;
}

/** Returns the region's availability zones by name, without local zones. */
export async function zones(aws: Aws): Promise<Zone[]> {
  const answer = await query(aws, 'ec2', '2016-11-15', {
    Action: 'DescribeAvailabilityZones',
    'Filter.1.Name': 'zone-type',
    'Filter.1.Value.1': 'availability-zone',
  });
  if (answer.status !== 200) throw denied('ec2:DescribeAvailabilityZones', answer);
  const all = answer.text
    .split('<item>')
    .map((item) => ({ name: inXml(item, 'zoneName') ?? '', id: inXml(item, 'zoneId') ?? '' }));
  return all.filter(({ name }) => name !== '').sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the sum of a metric since a time, or undefined if CloudWatch has no value. */
export async function metricSum(
  aws: Aws,
  { namespace, name, dimensions, since }: MetricQuestion,
  now = new Date(),
): Promise<number | undefined> {
  const answer = await query(aws, 'monitoring', '2010-08-01', {
    Action: 'GetMetricStatistics',
    Namespace: namespace,
    MetricName: name,
    StartTime: since.toISOString(),
    EndTime: now.toISOString(),
    Period: '60',
    'Statistics.member.1': 'Sum',
    ...Object.fromEntries(
      Object.entries(dimensions).flatMap(([key, value], index) => [
        [`Dimensions.member.${index + 1}.Name`, key],
        [`Dimensions.member.${index + 1}.Value`, value],
      ]),
    ),
  });
  if (answer.status !== 200) throw denied('cloudwatch:GetMetricStatistics', answer);
  const values = [...answer.text.matchAll(/<Sum>([^<]+)<\/Sum>/g)].map(([, value]) => Number(value));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

export interface MetricQuestion {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly since: Date;
}

/** Returns the number of distinct values of an element in EC2's response, such as `vpcId` in the response of DescribeVpcs. */
export async function countInEc2(aws: Aws, action: string, element: string): Promise<number> {
  const answer = await query(aws, 'ec2', '2016-11-15', { Action: action });
  if (answer.status !== 200) throw denied(`ec2:${action}`, answer);
  return new Set(answer.text.match(new RegExp(`<${element}>[^<]+</${element}>`, 'g'))).size;
}

/**
 * Returns the account's limit, or AWS's default limit if the account has no limit of its own; undefined if there is
 * neither.
 */
export async function quota(aws: Aws, service: string, code: string): Promise<number | undefined> {
  for (const action of ['GetServiceQuota', 'GetAWSDefaultServiceQuota']) {
    const target = `ServiceQuotasV20190624.${action}`;
    const answer = await tell(aws, 'servicequotas', target, { ServiceCode: service, QuotaCode: code });
    if (answer.status === 200) return quotaAnswer.parse(JSON.parse(answer.text)).Quota.Value;
    if (!answer.text.includes('NoSuchResourceException')) throw denied(`servicequotas:${action}`, answer);
  }
  return undefined;
}
const quotaAnswer = z.object({ Quota: z.object({ Value: z.number() }) });

/** Returns the number of on-demand streams in this region, and the region's limit for them. */
export async function onDemandStreams(aws: Aws): Promise<{ used: number; limit: number }> {
  const answer = await tell(aws, 'kinesis', 'Kinesis_20131202.DescribeLimits', {});
  if (answer.status !== 200) throw denied('kinesis:DescribeLimits', answer);
  const limits = limitsAnswer.parse(JSON.parse(answer.text));
  return { used: limits.OnDemandStreamCount, limit: limits.OnDemandStreamCountLimit };
}
const limitsAnswer = z.object({ OnDemandStreamCount: z.number(), OnDemandStreamCountLimit: z.number() });

/** Returns the ARNs of a stream's registered consumers; none if the stream does not exist. */
export async function consumersOf(aws: Aws, streamArn: string): Promise<string[]> {
  const answer = await tell(aws, 'kinesis', 'Kinesis_20131202.ListStreamConsumers', { StreamARN: streamArn });
  if (answer.text.includes('ResourceNotFoundException')) return [];
  if (answer.status !== 200) throw denied('kinesis:ListStreamConsumers', answer);
  return consumersAnswer.parse(JSON.parse(answer.text)).Consumers.map(({ ConsumerARN }) => ConsumerARN);
}
const consumersAnswer = z.object({ Consumers: z.array(z.object({ ConsumerARN: z.string() })) });

export async function deregister(aws: Aws, consumerArn: string): Promise<void> {
  const body = { ConsumerARN: consumerArn };
  const answer = await tell(aws, 'kinesis', 'Kinesis_20131202.DeregisterStreamConsumer', body);
  if (answer.status !== 200) throw denied('kinesis:DeregisterStreamConsumer', answer);
}

/** Returns the version of the CDK's own stack, which contains the assets, or undefined if there is none. */
export async function bootstrapVersion(aws: Aws): Promise<number | undefined> {
  const name = '/cdk-bootstrap/hnb659fds/version';
  const answer = await tell(aws, 'ssm', 'AmazonSSM.GetParameter', { Name: name });
  if (answer.status === 200) return Number(inJson(answer.text, 'Value'));
  if (answer.text.includes('ParameterNotFound')) return undefined;
  throw denied('ssm:GetParameter', answer);
}

/** Returns `free` if no bucket has this name, `ours` if these credentials can access the bucket, and `denied` otherwise. */
export async function bucketState(aws: Aws, bucket: string): Promise<'free' | 'ours' | 'denied'> {
  const answer = await aws.call({ service: 's3', bucket, method: 'HEAD' });
  if (answer.status === 404) return 'free';
  if (answer.status >= 500) throw denied('s3:HeadBucket', answer);
  return answer.status === 200 ? 'ours' : 'denied';
}

const denied = (action: string, { status, text }: Pick<Answer, 'status' | 'text'>): AppError =>
  new AppError('DENIED', `AWS returned ${status} for ${action}: ${reason(text)}.`, {
    retriable: status >= 500 || /Throttl|Rate exceeded|TooManyRequests/.test(text),
  });

const reason = (text: string): string =>
  (
    inXml(text, 'Message') ??
    inJson(text, 'message') ??
    inJson(text, 'Message') ??
    (text.slice(0, 200) || 'no reason given')
  ).replace(/\.$/, '');
