/** The start of every command that calls AWS: valid settings, a region, and credentials that AWS accepts. */
import { AppError, UsageError } from '../src/errors.ts';
import type { Settings } from '../src/settings.ts';
import { type Aws, makeAws } from './doctor/aws.ts';
import { type Caller, whoAmI } from './doctor/questions.ts';
import { type InfraSettings, readInfraSettings } from './settings.ts';

export interface Session {
  readonly settings: Settings;
  readonly infra: InfraSettings;
  readonly aws: Aws;
  readonly caller: Caller;
}

/**
 * Signs in to AWS.
 * @throws AppError if a setting is wrong, there is no region, or AWS rejects the credentials
 */
export async function signIn(settings: Settings): Promise<Session> {
  const infra = readInfraSettings(settings.id, settings.aws);
  const { region, endpoint } = settings.aws;
  if (region === undefined)
    throw new AppError('NO_REGION', 'AWS_REGION is not set: it must name the region of the pipeline.');
  const aws = makeAws(region, endpoint);
  return { settings, infra, aws, caller: await whoAmI(aws) };
}

/**
 * @throws UsageError if the environment names two identities, or one that the AWS SDK ignores: the SDK of this command prefers
 * AWS_PROFILE, but the CDK and the AWS CLI prefer access keys. The stacks could be deployed to another account than the one asked about.
 */
export function requireOneIdentity({ named }: Settings): void {
  const keys = named.has('AWS_ACCESS_KEY_ID');
  if (keys && named.has('AWS_PROFILE'))
    throw new UsageError(
      'AWS_PROFILE and AWS_ACCESS_KEY_ID are both set, and can belong to different accounts: unset AWS_PROFILE, or unset AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.',
    );
  if (!keys && named.has('AWS_DEFAULT_PROFILE'))
    throw new UsageError(
      'AWS_DEFAULT_PROFILE is set, which the CDK and the AWS CLI use but this command does not: unset it, and name the profile in AWS_PROFILE.',
    );
}

/** @throws UsageError if PIPELINE_ID is not set, because its default could deploy or destroy another pipeline */
export function requireId({ named, id }: Settings): void {
  if (!named.has('PIPELINE_ID'))
    throw new UsageError(
      `PIPELINE_ID is not set: it names the stacks to work on. Set it, as in "export PIPELINE_ID=${id}".`,
    );
}
