/** What every command that asks AWS begins with: checked settings, a region, and a caller that AWS knows. */
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
 * @throws AppError when a setting is wrong, there is no region, or AWS does not know the caller
 */
export async function signIn(settings: Settings): Promise<Session> {
  const infra = readInfraSettings(settings.id, settings.aws);
  const { region, endpoint } = settings.aws;
  if (region === undefined)
    throw new AppError('NO_REGION', 'AWS_REGION is not set: it has to name the region of the pipeline.');
  const aws = makeAws(region, endpoint);
  return { settings, infra, aws, caller: await whoAmI(aws) };
}

/** @throws UsageError where PIPELINE_ID is left to its default, which would deploy or destroy another pipeline */
export function requireId({ named, id }: Settings): void {
  if (!named.has('PIPELINE_ID'))
    throw new UsageError(
      `PIPELINE_ID is not set: it names the stacks to work on. Set it, as in "export PIPELINE_ID=${id}".`,
    );
}
