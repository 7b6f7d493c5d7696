/** An HTTP API: its address, the credentials that it needs, and its answers. */

export interface ApiEndpoint {
  /** The base URL without a trailing slash. Its path, such as a stage, is put before every request's path. */
  readonly url: string;
  /** The environment variable with the address, for error messages. */
  readonly setting: string;
  /** Whether requests carry an AWS signature, Version 4. By default they do if the URL is an invoke URL. */
  readonly signed?: boolean | undefined;
  /** Sent as `x-api-key`. */
  readonly apiKey?: string | undefined;
  /** The region of the signature; needed if the URL does not contain it, as with a custom domain. */
  readonly region?: string | undefined;
  /** Credentials; by default from the SDK's chain: environment, profile, single sign-on, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** The body parsed as JSON, or its text. */
  readonly body: unknown;
  /** The error type, such as `AccessDeniedException`, if API Gateway itself rejected the request. */
  readonly errorType: string | undefined;
}

/** Matches the host of an invoke URL of API Gateway, and the region in it. */
export const INVOKE_URL = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

export const isSigned = ({ url, signed }: ApiEndpoint): boolean =>
  signed ?? INVOKE_URL.test(new URL(url).hostname);
