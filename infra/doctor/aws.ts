/**
 * Makes signed calls to AWS without the SDK, which needs a separate client for each service. `npm run infra` makes only
 * few calls.
 */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { SignatureV4 } from '@smithy/signature-v4';
import { AppError } from '../../src/errors.ts';

interface Call {
  /** The service's name in its host name, such as `sts`. */
  readonly service: string;
  readonly bucket?: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | { readonly stream: Readable; readonly bytes: number; readonly sha256: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Aws {
  readonly region: string;
  call(call: Call): Promise<Answer>;
  /** Returns when the credentials expire; undefined if they don't. */
  credentialsEnd(): Promise<Date | undefined>;
}

const CALL_TIMEOUT_MS = 30_000;

/** Returns a client whose credentials come from the SDK's chain. `endpoint`, if given, replaces the address of every service. */
export function makeAws(region: string, endpoint?: string): Aws {
  const credentials = defaultProvider();
  return {
    region,
    credentialsEnd: async () => (await identity(credentials)).expiration,
    async call({ service, bucket, method = 'GET', headers = {}, body = '', query = {}, ...rest }) {
      const host = bucket === undefined ? service : `${bucket}.${service}`;
      const base = new URL(endpoint ?? `https://${host}.${region}.${domain(region)}`);
      // A shared endpoint can't have a bucket in its host name.
      const folder = endpoint !== undefined && bucket !== undefined ? `/${bucket}` : '';
      const path = `${folder}${rest.path ?? '/'}`;
      const length = typeof body === 'string' ? Buffer.byteLength(body) : body.bytes;
      const signer = new SignatureV4({
        service,
        region,
        credentials: await identity(credentials),
        sha256: Sha256,
        uriEscapePath: false,
      });
      const signed = await signer.sign({
        method,
        protocol: base.protocol,
        hostname: base.hostname,
        ...(base.port && { port: Number(base.port) }),
        path,
        query: { ...query },
        headers: { host: base.host, 'content-length': String(length), ...hashed(body), ...headers },
        body: typeof body === 'string' ? body : undefined,
      });
      const asked = new URLSearchParams(query).toString().replaceAll('+', '%20');
      const address = asked === '' ? path : `${path}?${asked}`;
      return await send(base, address, method, signed.headers, typeof body === 'string' ? body : body.stream);
    },
  };
}

const domain = (region: string) => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com');

const hashed = (body: Call['body']): Record<string, string> =>
  typeof body === 'object' ? { 'x-amz-content-sha256': body.sha256 } : {};

async function identity(credentials: ReturnType<typeof defaultProvider>) {
  try {
    return await credentials();
  } catch (cause) {
    throw new AppError(
      'NO_CREDENTIALS',
      'There are no AWS credentials: sign in with "aws sso login" or "aws configure", or name a profile in AWS_PROFILE.',
      { cause },
    );
  }
}

function send(
  base: URL,
  path: string,
  method: string,
  headers: Record<string, string>,
  body: string | Readable,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (base.protocol === 'http:' ? plainRequest : tlsRequest)(
      { protocol: base.protocol, hostname: base.hostname, port: base.port, path, method, headers },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode = 0, headers: got } = response;
          resolve({ status: statusCode, headers: got, text: Buffer.concat(parts).toString() });
        });
      },
    );
    const fail = (cause: Error) => reject(unreachable(base, cause));
    request.on('error', fail);
    request.setTimeout(CALL_TIMEOUT_MS, () => request.destroy(new Error('no response in time')));
    if (typeof body === 'string') request.end(body);
    else pipeline(body, request).catch(fail);
  });
}

const unreachable = (base: URL, cause: Error): AppError =>
  new AppError(
    'AWS_UNREACHABLE',
    `${base.host} can't be reached (${cause.message}): check the network and AWS_REGION.`,
    { retriable: true, cause },
  );
