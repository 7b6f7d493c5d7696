/** Translates the AWS SDK's errors into one sentence each. */
import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { AppError } from '../../errors.ts';
import { certificateProblem, networkFailure } from '../../network.ts';
import { CredentialsMissing, credentialsProblem, endless, RegionMissing } from './aws-errors.ts';
import { endpointName, type KinesisEndpoint } from './kinesis-client.ts';

export class StreamMissing extends AppError {
  constructor(stream: string, kinesis: KinesisEndpoint) {
    super(
      'STREAM_MISSING',
      `There is no stream ${stream} at ${endpointName(kinesis)}: create it with "npm run streams create", or set PIPELINE_ID to the id that your streams' names hold.`,
    );
  }
}

/** The API in front of Kinesis has a role of its own, which may use the streams of the pipeline that it was deployed with. */
export class StreamForbidden extends AppError {
  constructor(stream: string, url: string) {
    super(
      'STREAM_FORBIDDEN',
      `The API at ${url} may not use the stream ${stream}: set PIPELINE_ID to the id that the API was deployed with, or let its role use that stream.`,
    );
  }
}

/** Met with TLS: a certificate that nobody we trust has signed, or that is another's. */
class KinesisUntrusted extends AppError {
  constructor(kinesis: KinesisEndpoint, why: string, cause: unknown) {
    super(
      'KINESIS_UNTRUSTED',
      `The certificate of ${endpointName(kinesis)} is not to be trusted (${why}): name in NODE_EXTRA_CA_CERTS the PEM file of the authority that signs it.`,
      { cause },
    );
  }
}

class KinesisUnreachable extends AppError {
  constructor(kinesis: KinesisEndpoint, why: string, cause: unknown) {
    const advice = kinesis.endpoint
      ? 'start it, or say in AWS_ENDPOINT_URL_KINESIS where it is (left out: AWS)'
      : 'check the network and AWS_REGION';
    super('KINESIS_UNREACHABLE', `Nothing answers at ${endpointName(kinesis)} (${why}): ${advice}.`, {
      retriable: true,
      cause,
    });
  }
}

class KinesisRefused extends AppError {
  constructor(cause: KinesisServiceException) {
    super('KINESIS_REFUSED', `Kinesis refused to go on (${cause.name}): ${endless(cause.message)}.`, {
      cause,
    });
  }
}

/** Refusals of what a call holds, not of the caller: sent in smaller parts, all but the guilty record are taken. */
const REFUSALS = ['ValidationException', 'InvalidArgumentException'];

/** Returns whether Kinesis's error of this name refuses the content of a call for good. */
export const isRefusalName = (name: string): boolean => REFUSALS.includes(name);

export const isRefusal = (error: unknown): error is KinesisServiceException =>
  error instanceof KinesisServiceException && isRefusalName(error.name);

/** The service knows the caller's keys no more, or never did. Its message may quote the request's session token. */
const BAD_CREDENTIALS = [
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
];

/** Too much for a shard, an account or the key service at the moment; each is worth another try. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'KMSThrottlingException'];

/** Returns whether the same call may succeed after Kinesis's error of this name. */
export const isThrottledName = (name: string): boolean => THROTTLED.includes(name);

/** Returns the reason for a retry, without stream, shard or account, so that equal reasons are equal texts. */
export function sayThrottled(code: string): string {
  return isThrottledName(code)
    ? `Kinesis takes no more at the moment (${code})`
    : `Kinesis has trouble at the moment (${code})`;
}

/** Returns why the same call may succeed later; undefined where it will not. */
export function retriableReason(error: unknown, kinesis: KinesisEndpoint): string | undefined {
  if (error instanceof KinesisServiceException) {
    const { $fault, $metadata, name } = error;
    if (isThrottledName(name) || $fault === 'server') return sayThrottled(name);
    // The SDK has learnt the service's time from this answer and signs the next call with it.
    if ('clockSkewCorrected' in $metadata) return 'the clock of this machine is wrong; allowing for it';
    return undefined;
  }
  if (certificateProblem(error) !== undefined) return undefined;
  const why = networkFailure(error);
  return why === undefined ? undefined : new KinesisUnreachable(kinesis, why, error).message;
}

/** Returns an error that says what to do; an error that is not the SDK's is a bug and is returned as it is. */
export function explainKinesis(error: unknown, kinesis: KinesisEndpoint, stream?: string): Error {
  if (error instanceof AppError) return error;
  const { name, message } = error as Error;
  if (/^Region (is missing|not accepted)/.test(message)) return new RegionMissing();
  const nobody = credentialsProblem(error);
  if (nobody) return nobody;
  if (BAD_CREDENTIALS.includes(name)) return new CredentialsMissing(name, error);
  if (name === 'ResourceNotFoundException' && stream) return new StreamMissing(stream, kinesis);
  if (error instanceof KinesisServiceException) return new KinesisRefused(error);
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined) return new KinesisUntrusted(kinesis, untrusted, error);
  const why = networkFailure(error);
  return why === undefined ? (error as Error) : new KinesisUnreachable(kinesis, why, error);
}
