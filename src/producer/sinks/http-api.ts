/** Calls an HTTP API with a time limit; requests are signed for API Gateway or carry an API key. */
import { createHash } from 'node:crypto';
import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { AppError, UsageError } from '../../errors.ts';
import { certificateProblem, isLoopback, networkFailure, untrustedMessage } from '../../network.ts';
import { credentialsProblem, regionMissing } from './aws-errors.ts';
import { type ApiAnswer, type ApiEndpoint, INVOKE_URL, isSigned } from './http-endpoint.ts';
import { ApiUnreachable } from './http-errors.ts';

interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** The path below the API's URL, encoded. */
  readonly path: string;
  readonly body?: { readonly type: string; readonly text: string };
}

export type Api = (request: ApiRequest) => Promise<ApiAnswer>;

/** Time limit for a call. API Gateway itself waits at most 29 s for an answer ("Integration timeout", quotas for REST APIs). */
export const API_TIMEOUT_MS = 30_000;

/**
 * Returns a function that calls an API.
 * @throws UsageError if the key would be sent in clear text; AppError if a signature needs a region
 */
export function apiAt(endpoint: ApiEndpoint, timeoutMs = API_TIMEOUT_MS): Api {
  const { url, setting, apiKey } = endpoint;
  const base = new URL(url);
  if (apiKey && base.protocol === 'http:' && !isLoopback(base.hostname))
    throw new UsageError(`${setting} must begin with https://, because an API key is not sent over http://.`);
  const sign = isSigned(endpoint) ? signerFor(base, endpoint) : undefined;
  return async ({ method, path, body }) => {
    const address = new URL(`${url}${path}`);
    const headers = {
      host: address.host,
      accept: 'application/vnd.kafka.v2+json, application/json',
      ...(body && { 'content-type': body.type }),
      ...(apiKey && { 'x-api-key': apiKey }),
    };
    try {
      const response = await fetch(address, {
        method,
        headers: {
          ...(sign ? await sign(method, address, headers, body?.text ?? '') : headers),
          // Asks for an uncompressed answer, because API Gateway would treat a compressed answer as text. This header
          // is not signed, because a proxy may change it.
          'accept-encoding': 'identity',
        },
        ...(body && { body: body.text }),
        // A redirected request would carry a signature for another address.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return {
        status: response.status,
        body: parsed(await response.text()),
        errorType: response.headers.get('x-amzn-errortype')?.split(':', 1)[0],
      };
    } catch (error) {
      const untrusted = certificateProblem(error);
      if (untrusted !== undefined)
        throw new AppError('API_UNTRUSTED', untrustedMessage(url, untrusted), { cause: error });
      const why = networkFailure(error);
      throw why === undefined
        ? (credentialsProblem(error) ?? error)
        : new ApiUnreachable(endpoint, why, error);
    }
  };
}

function signerFor(base: URL, { region, credentials }: ApiEndpoint) {
  const where = INVOKE_URL.exec(base.hostname)?.[1] ?? region;
  if (where === undefined) throw regionMissing();
  const signer = new SignatureV4({
    service: 'execute-api',
    region: where,
    credentials: credentials ?? defaultProvider(),
    sha256: Sha256,
  });
  return async (method: string, address: URL, headers: Record<string, string>, body: string) => {
    const signed = await signer.sign({
      method,
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.pathname,
      query: Object.fromEntries(address.searchParams),
      // Hashed here, because the signer's hash is written in JavaScript and takes ten times as long.
      headers: { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      body,
    });
    return signed.headers;
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? text;
  } catch {
    return text;
  }
}
