/** The token that Amazon MSK knows an AWS identity by: a signed URL, in base64. */
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { generateAuthTokenFromCredentialsProvider } from 'aws-msk-iam-sasl-signer-js';
import { credentialsProblem } from './aws-errors.ts';

/** Of whom the SDK's own chain finds: environment, profile, single sign-on, role. It keeps what it found while that is valid. */
const found = defaultProvider();

/**
 * A token that is good for a quarter of an hour, or as long as the credentials if that is shorter.
 * @throws CredentialsMissing
 */
export async function mskToken(region: string, credentials = found): Promise<string> {
  try {
    const options = { region, awsCredentialsProvider: credentials };
    return (await generateAuthTokenFromCredentialsProvider(options)).token;
  } catch (error) {
    throw credentialsProblem(error) ?? error;
  }
}
