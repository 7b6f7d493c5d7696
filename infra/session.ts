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

/** @throws UsageError if PIPELINE_ID is not set, because its default could deploy or destroy another pipeline */
export function requireId({ named, id }: Settings): void {
  if (!named.has('PIPELINE_ID'))
    throw new UsageError(
      `PIPELINE_ID is not set: it names the stacks to work on. Set it, as in "export PIPELINE_ID=${id}".`,
    );
}
