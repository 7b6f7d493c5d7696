/** Creates the token by which Amazon MSK authenticates an AWS identity: a signed URL in base64. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { credentialsProblem } from './aws-errors.ts';

/** The SDK's chain of credentials: environment, profile, single sign-on, role. It caches credentials while they are valid. */
const found = defaultProvider();

/** Returns a token that is valid for 15 minutes. @throws AppError if there are no credentials */
export async function mskToken(region: string, credentials = found): Promise<string> {
  try {
    const options = { region, awsCredentialsProvider: unending(credentials) };
    return (await generateAuthTokenFromCredentialsProvider(options)).token;
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}

/**
 * Returns credentials without their expiration. For credentials that expire within 15 minutes, the signer would shorten the token's
 * validity to a fractional number of seconds, and AWS rejects such a token (aws-msk-iam-sasl-signer-js, pull request 33).
 * A session that outlives its credentials is closed and opened again.
 */
const unending = (credentials: typeof found) => async () => {
  const { expiration: _, ...rest } = await credentials();
  return rest;
};
