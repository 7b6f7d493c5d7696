/** Translates the AWS SDK's errors into one sentence each. */
import { KinesisServiceException } from '@aws-sdk/client-kinesis';
import { AppError } from '../../errors.ts';
import { certificateProblem, networkFailure, untrustedMessage } from '../../network.ts';
import { credentialsMissing, credentialsProblem, endless, regionMissing } from './aws-errors.ts';
import { endpointName, type KinesisEndpoint } from './kinesis-client.ts';

/** Returns the error for a stream that does not exist or can't be used. */
export const streamMissing = (stream: string, kinesis: KinesisEndpoint): AppError =>
  new AppError(
    'STREAM_MISSING',
    `There is no stream ${stream} at ${endpointName(kinesis)}: create it with "npm run streams create", or set PIPELINE_ID to the id in the names of your streams.`,
  );

function unreachable(kinesis: KinesisEndpoint, why: string, cause: unknown): AppError {
  const advice = kinesis.endpoint
    ? 'start it, or set AWS_ENDPOINT_URL_KINESIS to its address (unset it to use AWS)'
    : 'check the network and AWS_REGION';
  return new AppError(
    'KINESIS_UNREACHABLE',
    `No server responds at ${endpointName(kinesis)} (${why}): ${advice}.`,
    { retriable: true, cause },
  );
}

/** Errors that reject the records of a call, not the caller. If the call is sent in smaller parts, only the invalid record is rejected. */
const REJECTIONS = ['ValidationException', 'InvalidArgumentException'];

/** Returns whether Kinesis's error of this name rejects the content of a call permanently. */
export const isRejectionName = (name: string): boolean => REJECTIONS.includes(name);

export const isRejection = (error: unknown): error is KinesisServiceException =>
  error instanceof KinesisServiceException && isRejectionName(error.name);

/** Errors of unknown or expired credentials. Their message may quote the request's session token. */
const BAD_CREDENTIALS = [
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'IncompleteSignatureException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
];

/** Errors that mean that a limit of a shard, an account or the key service is exceeded at the moment; all can be retried. */
const THROTTLED = ['ProvisionedThroughputExceededException', 'ThrottlingException', 'KMSThrottlingException'];

/** Returns whether the same call may succeed after Kinesis's error of this name. */
export const isThrottledName = (name: string): boolean => THROTTLED.includes(name);

/**
 * Returns the reason for a retry. It names no stream, shard or account, so that the same reason always has the same
 * text and is reported once.
 */
export function sayThrottled(code: string): string {
  return isThrottledName(code)
    ? `Kinesis throttles records at the moment (${code})`
    : `Kinesis is failing at the moment (${code})`;
}

/** Returns why the same call may succeed later; undefined if it will not. */
export function retriableReason(error: unknown, kinesis: KinesisEndpoint): string | undefined {
  if (error instanceof KinesisServiceException) {
    const { $fault, $metadata, name } = error;
    if (isThrottledName(name) || $fault === 'server') return sayThrottled(name);
    // The SDK takes the service's time from this answer and uses it to sign the next call.
    if ('clockSkewCorrected' in $metadata)
      return 'the clock of this machine is wrong; correcting the signature for it';
    return undefined;
  }
  if (certificateProblem(error) !== undefined) return undefined;
  const why = networkFailure(error);
  return why === undefined ? undefined : unreachable(kinesis, why, error).message;
}

/** Returns an AppError for an error of the SDK; returns any other error unchanged, because it is a bug. */
export function explainKinesis(error: unknown, kinesis: KinesisEndpoint, stream?: string): Error {
  if (error instanceof AppError) return error;
  const { name, message } = error as Error;
  if (/^Region (is missing|not accepted)/.test(message)) return regionMissing();
  const nobody = credentialsProblem(error);
  if (nobody) return nobody;
  if (BAD_CREDENTIALS.includes(name)) return credentialsMissing(name, error);
  if (name === 'ResourceNotFoundException' && stream) return streamMissing(stream, kinesis);
  if (error instanceof KinesisServiceException)
    return new AppError('KINESIS_REFUSED', `Kinesis rejected the call (${name}): ${endless(message)}.`, {
      cause: error,
    });
  // The SDK parses every answer as JSON. A proxy or another server may answer with a page.
  if (name === 'SyntaxError')
    return new AppError(
      'KINESIS_STRANGE',
      `${endpointName(kinesis)} does not answer as Kinesis does: check AWS_ENDPOINT_URL_KINESIS, and whether a proxy asks for a login.`,
      { cause: error },
    );
  const untrusted = certificateProblem(error);
  if (untrusted !== undefined)
    return new AppError('KINESIS_UNTRUSTED', untrustedMessage(endpointName(kinesis), untrusted), {
      cause: error,
    });
  const why = networkFailure(error);
  return why === undefined ? (error as Error) : unreachable(kinesis, why, error);
}
