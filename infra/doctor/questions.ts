/** What the doctor asks AWS, each question one call. Answers of the older services are XML, in which counting is all that is needed. */
import { z } from 'zod';
import { AppError } from '../../src/errors.ts';
import type { Answer, Aws } from './aws.ts';

const JSON_ANSWER = { accept: 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

/** A call of a service that takes its action from a form: STS, EC2, CloudFormation. */
const ask = (aws: Aws, service: string, version: string, form: Readonly<Record<string, string>>) =>
  aws.call({
    service,
    method: 'POST',
    headers: { ...FORM, ...JSON_ANSWER },
    body: new URLSearchParams({ ...form, Version: version }).toString(),
  });

/** A call of a service that speaks JSON: Service Quotas, Kinesis, SSM. */
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
}

/** @throws AppError where AWS does not take the credentials */
export async function whoAmI(aws: Aws): Promise<Caller> {
  const answer = await ask(aws, 'sts', '2011-06-15', { Action: 'GetCallerIdentity' });
  const account = inXml(answer.text, 'Account') ?? inJson(answer.text, 'Account');
  const arn = inXml(answer.text, 'Arn') ?? inJson(answer.text, 'Arn');
  if (answer.status !== 200 || !account || !arn)
    throw new AppError(
      'CREDENTIALS',
      `AWS does not take the credentials (${answer.status}): sign in again, with "aws sso login" or "aws configure".`,
    );
  return { account, arn };
}

const inXml = (text: string, name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1];
const inJson = (text: string, name: string) => new RegExp(`"${name}"\\s*:\\s*"([^"]+)"`).exec(text)?.[1];

/** Whether there is a stack of this name. */
export async function hasStack(aws: Aws, name: string): Promise<boolean> {
  const form = { Action: 'DescribeStacks', StackName: name };
  const answer = await ask(aws, 'cloudformation', '2010-05-15', form);
  if (answer.status === 200) return true;
  if (answer.status === 400 && answer.text.includes('does not exist')) return false;
  throw denied('cloudformation:DescribeStacks', answer);
}

/** How many there are of something that EC2 lists: `vpcId` in DescribeVpcs. */
export async function countInEc2(aws: Aws, action: string, element: string): Promise<number> {
  const answer = await ask(aws, 'ec2', '2016-11-15', { Action: action });
  if (answer.status !== 200) throw denied(`ec2:${action}`, answer);
  return new Set(answer.text.match(new RegExp(`<${element}>[^<]+</${element}>`, 'g'))).size;
}

/** The account's limit, Amazon's own where it has none of its own; undefined where Service Quotas does not know. */
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

/** Streams on demand in this region, and how many there may be. */
export async function onDemandStreams(aws: Aws): Promise<{ used: number; limit: number }> {
  const answer = await tell(aws, 'kinesis', 'Kinesis_20131202.DescribeLimits', {});
  if (answer.status !== 200) throw denied('kinesis:DescribeLimits', answer);
  const limits = limitsAnswer.parse(JSON.parse(answer.text));
  return { used: limits.OnDemandStreamCount, limit: limits.OnDemandStreamCountLimit };
}
const limitsAnswer = z.object({ OnDemandStreamCount: z.number(), OnDemandStreamCountLimit: z.number() });

/** The version of the CDK's own stack, which holds the assets; undefined where it was never made. */
export async function bootstrapVersion(aws: Aws): Promise<string | undefined> {
  const name = '/cdk-bootstrap/hnb659fds/version';
  const answer = await tell(aws, 'ssm', 'AmazonSSM.GetParameter', { Name: name });
  if (answer.status === 200) return inJson(answer.text, 'Value');
  if (answer.text.includes('ParameterNotFound')) return undefined;
  throw denied('ssm:GetParameter', answer);
}

/** Whether a bucket is there, and whose it is. */
export async function bucketState(aws: Aws, bucket: string): Promise<'free' | 'ours' | 'taken'> {
  const answer = await aws.call({ service: 's3', bucket, method: 'HEAD' });
  if (answer.status === 404) return 'free';
  return answer.status === 200 ? 'ours' : 'taken';
}

const denied = (action: string, { status, text }: Answer): AppError =>
  new AppError('DENIED', `AWS answers ${status} to ${action}: ${reason(text)}.`);

const reason = (text: string): string =>
  (
    inXml(text, 'Message') ??
    inJson(text, 'message') ??
    inJson(text, 'Message') ??
    text.slice(0, 200)
  ).replace(/\.$/, '');
