/** The token that Amazon MSK knows an AWS identity by: a signed URL, in base64. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { credentialsProblem } from './aws-errors.ts';

/** Of whom the SDK's own chain finds: environment, profile, single sign-on, role. It keeps what it found while that is valid. */
const found = defaultProvider();

/** Returns a token that is valid for 15 minutes. @throws CredentialsMissing */
export async function mskToken(region: string, credentials = found): Promise<string> {
  try {
    const options = { region, awsCredentialsProvider: unending(credentials) };
    return (await generateAuthTokenFromCredentialsProvider(options)).token;
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}

/**
 * Credentials that don't say when they end. Where that is less than a quarter of an hour away the signer would make the token
 * end then, after seconds with a fraction, and that AWS takes for no token at all (aws-msk-iam-sasl-signer-js, pull request 33).
 * A session that outlives its credentials is cut and opened again.
 */
const unending = (credentials: typeof found) => async () => {
  const { expiration: _, ...rest } = await credentials();
  return rest;
};
