/** The AWS SDK's client, as the producer and the streams command use it. */
import { Agent } from 'node:http';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** Which Kinesis, and as whom. */
export interface KinesisEndpoint {
  /** The profile's where it is left out. */
  readonly region?: string | undefined;
  /** The region's own where it is left out. */
  readonly endpoint?: string | undefined;
  /** From the SDK's own chain where they are left out: environment, profile, single sign-on, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

/**
 * How long a call may take, connecting included. An answer that comes later is lost: the records are sent again and may
 * be there twice.
 */
const CALL_TIMEOUT_MS = 15_000;

/** Returns a client; `attempts` of 1 leaves retries to the caller. */
export function kinesisClient(
  { region, endpoint, credentials }: KinesisEndpoint,
  attempts: number,
): KinesisClient {
  return new KinesisClient({
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    // The SDK's own choice is HTTP/2, which servers without TLS do not speak.
    ...(endpoint?.startsWith('http:') && {
      requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true }) }),
    }),
    maxAttempts: attempts,
  });
}

/** Options of one call. */
export const inTime = () => ({ abortSignal: AbortSignal.timeout(CALL_TIMEOUT_MS) });

/** Returns the endpoint, or the region's, for errors. */
export const endpointName = ({ region, endpoint }: KinesisEndpoint): string =>
  endpoint ?? (region ? `the Kinesis endpoint of ${region}` : "the Kinesis endpoint of the profile's region");
