/**
 * AWS Signature Version 4 as its receiver checks it: the signature is computed again from the request and the caller's
 * secret. Written from AWS's description and on no library that signs, so that it can tell whether one signs right.
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

/** Whom the receiver knows, and as what the request came. */
export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly service: string;
}

export interface SignatureProblem {
  /** `InvalidSignatureException`, as AWS calls it. */
  readonly type: string;
  readonly message: string;
}

/** How far the signing machine's clock may be from ours. */
const CLOCK_SKEW_MS = 5 * 60_000;

const HEADER =
  /^AWS4-HMAC-SHA256 +Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([\da-f]{64})$/;

/** Returns why the `Authorization` header was not signed by this identity; undefined if it was. */
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
    return wrong('x-amz-content-sha256 is not that of the body.');
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
  // Encoded once more than it was sent, as for every service but S3.
  const uri = service === 's3' ? pathname : pathname.split('/').map(encoded).join('/');
  const query = [...searchParams]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join('&');
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

/** Of `20260131T183000Z`; NaN where it is none. */
const timeOf = (date: string): number =>
  Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
