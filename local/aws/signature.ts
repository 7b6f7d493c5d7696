/**
 * Verifies AWS Signature Version 4 as a receiver does: computes the signature again from the request and the caller's
 * secret. This code follows AWS's specification and uses no signing library, so it can detect a library's errors.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  readonly method: string;
  /** The path and query as sent, still encoded. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array | string;
}

/** The only caller that the receiver accepts, and the region and service that the signature must name. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

export interface SignatureProblem {
  /** AWS's name of the error, such as `InvalidSignatureException`. */
  readonly type: string;
  readonly message: string;
}

/** The largest accepted difference between the signer's clock and this machine's. */
const CLOCK_SKEW_MS = 5 * 60_000;

const HEADER =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([\da-f]{64})$/;

/** Returns why the request's signature is not valid for this identity; undefined if it is valid. */
export function signatureProblem(
  request: SignedRequest,
  identity: Identity,
  now = Date.now(),
): SignatureProblem | undefined {
  const { authorization, 'x-amz-date': date = '', 'x-amz-content-sha256': claimed } = request.headers;
  if (authorization === undefined)
    return { type: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
  const [, key, day, region, service, signed = '', signature = ''] = HEADER.exec(authorization) ?? [];
  if (key === undefined) return incomplete('Authorization header is not AWS4-HMAC-SHA256.');
  if (key !== identity.accessKeyId)
    return {
      type: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  if (region !== identity.region || service !== identity.service)
    return wrong(`Credential should be scoped to ${identity.region}/${identity.service}.`);
  const skew = Math.abs(timeOf(String(date)) - now);
  if (!(skew <= CLOCK_SKEW_MS) || !String(date).startsWith(String(day)))
    return wrong(`Signature expired or not yet current: ${date}.`);
  const hash = sha256(request.body);
  if (claimed !== undefined && claimed !== hash)
    return wrong('x-amz-content-sha256 is not the hash of the body.');
  const names = signed.split(';');
  if (!names.includes('host')) return incomplete('The host must be signed.');
  const text = canonical(request, names, hash, identity.service);
  const computed = signatureOf(text, String(date), identity);
  return timingSafeEqual(Buffer.from(computed, 'hex'), Buffer.from(signature, 'hex'))
    ? undefined
    : wrong('The request signature we calculated does not match the signature you provided.');
}

const wrong = (message: string) => ({ type: 'InvalidSignatureException', message });
const incomplete = (message: string) => ({ type: 'IncompleteSignatureException', message });

/** Returns the canonical request, which both sides sign. */
function canonical(
  { method, path, headers }: SignedRequest,
  names: readonly string[],
  hash: string,
  service: string,
): string {
  const { pathname, searchParams } = new URL(path, 'http://host');
  // The path is encoded a second time for every service except S3.
  const uri = service === 's3' ? pathname : pathname.split('/').map(encoded).join('/');
  const query = [...searchParams]
    // Sorted by name, then by value: x before x1, although "=" comes after "1".
    .map(([name, value]) => `${encoded(name)}\0${encoded(value)}`)
    .sort()
    .join('&')
    .replaceAll('\0', '=');
  const lines = names.map(
    (name) =>
      `${name}:${String(headers[name] ?? '')
        .trim()
        .replace(/ +/g, ' ')}\n`,
  );
  return [method, uri, query, lines.join(''), names.join(';'), hash].join('\n');
}

function signatureOf(request: string, date: string, { secretAccessKey, region, service }: Identity): string {
  const day = date.slice(0, 8);
  const scope = [day, region, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secretAccessKey}`);
  return hmac(key, text).toString('hex');
}

const sha256 = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Returns the milliseconds since 1970 of a time such as `20260131T183000Z`; NaN if it has another format. */
const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
