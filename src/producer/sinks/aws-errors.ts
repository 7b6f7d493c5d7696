/** Errors of all AWS clients: a missing region, and missing credentials. */
import { AppError } from '../../errors.ts';

/** Returns the error for a region that is needed and not configured. */
export const regionMissing = (): AppError =>
  new AppError(
    'REGION_MISSING',
    'No AWS region is configured: set AWS_REGION, or a region in the AWS profile.',
  );

/** Returns the error for missing or unusable credentials. */
export const credentialsMissing = (why: string, cause: unknown): AppError =>
  new AppError(
    'CREDENTIALS_MISSING',
    `There are no usable AWS credentials (${why}): sign in with "aws sso login", or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    { cause },
  );

/** Returns an AppError if the SDK found no credentials; undefined for other errors. */
export function credentialsProblem(error: unknown): AppError | undefined {
  const { name, message } = error as Error;
  return name === 'CredentialsProviderError' || name === 'TokenProviderError'
    ? credentialsMissing(endless(message), error)
    : undefined;
}

/** Returns the first line of a message without its full stop, for use within a sentence. */
export const endless = (message: string): string => message.split('\n', 1)[0]?.replace(/\.?\s*$/, '') ?? '';
