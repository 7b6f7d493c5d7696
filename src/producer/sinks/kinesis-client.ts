/** The AWS SDK's Kinesis client, as the producer and the streams command use it. */
import http from 'node:http';
import https from 'node:https';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** The endpoint of Kinesis, and the credentials for it. */
export interface KinesisEndpoint {
  /** The region (default: the region of the AWS profile). */
  readonly region?: string | undefined;
  /** The endpoint (default: the endpoint of the region). */
  readonly endpoint?: string | undefined;
  /** Credentials; by default from the SDK's chain: environment, profile, single sign-on, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/**
 * Time limit for a call, including the connection. A later answer is ignored, so the records are sent again and may
 * arrive twice.
 */
const CALL_TIMEOUT_MS = 15_000;

/** Returns a client that tries each call `attempts` times. If `attempts` is 1, the caller retries. */
export function kinesisClient(
  { region, endpoint, credentials }: KinesisEndpoint,
  attempts = 3,
): KinesisClient {
  return new KinesisClient({
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    // The SDK's default is HTTP/2 with a new connection for each call. These agents reuse connections, and do not limit their number.
    requestHandler: new NodeHttpHandler({
      httpAgent: new http.Agent({ keepAlive: true }),
      httpsAgent: new https.Agent({ keepAlive: true }),
    }),
    maxAttempts: attempts,
  });
}

/** Returns the options of a call, with its time limit. */
export const inTime = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/**
 * Returns the name of the endpoint for error messages. If no endpoint is set, the name is that of the region's
 * endpoint.
 */
export const endpointName = ({ region, endpoint }: KinesisEndpoint): string =>
  endpoint ?? (region ? `the Kinesis endpoint of ${region}` : "the Kinesis endpoint of the profile's region");
