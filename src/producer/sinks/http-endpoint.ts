/** An HTTP API: its address, the credentials it asks for, and its answers. */

export interface ApiEndpoint {
  /** Without a slash at its end; a path in it, such as a stage's, comes before every other. */
  readonly url: string;
  /** The environment variable that holds the address, named in errors. */
  readonly setting: string;
  /** Whether requests carry an AWS signature, Version 4. Left out, they do where the URL is an invoke URL. */
  readonly signed?: boolean | undefined;
  /** Sent as `x-api-key`. */
  readonly apiKey?: string | undefined;
  /** Needed where the URL does not hold it, as with a custom domain. */
  readonly region?: string | undefined;
  /** From the SDK's own chain where they are left out: environment, profile, single sign-on, role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  /** The body parsed as JSON, or its text. */
  readonly body: unknown;
  /** The error type, such as `AccessDeniedException`, where API Gateway itself refused. */
  readonly errorType: string | undefined;
}

/** Of API Gateway; it holds the region. */
export const INVOKE_URL = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/;

export const isSigned = ({ url, signed }: ApiEndpoint): boolean =>
  signed ?? INVOKE_URL.test(new URL(url).hostname);
