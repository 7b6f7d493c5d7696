/** What a loopback address, a failed connection and an untrusted certificate are, for every client. */
import net from 'node:net';

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Returns whether a host is this machine: `localhost`, 127.0.0.0/8, `::1`, in brackets too. What is sent there crosses
 * no network.
 */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const family = net.isIP(host);
  if (family === 0) return host === 'localhost' || host.endsWith('.localhost');
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Node's names, which are OpenSSL's, of what is wrong with a certificate (`X509ErrorCode` in Node's `tls`). */
const CERTIFICATE =
  /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_|CRL_|ERROR_IN_C|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|HANDSHAKE_SSL_ERROR$)/;

/** Returns the name of what is wrong with the other side's certificate; undefined where it is something else that failed. */
export const certificateProblem = (error: unknown): string | undefined =>
  codesIn(error).find((code) => CERTIFICATE.test(code));

/** Of sockets, of names, of TLS and HTTP where the other side does not speak it, of Node's own fetch. */
const NETWORK =
  /^(ECONN\w+|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|EPROTO|ENOTFOUND|EAI_\w+|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|ERR_(SSL|HTTP2)_\w+|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+|UND_ERR_\w+)$/;

/** Returns the name of what went wrong on the way, `ECONNREFUSED`; undefined where it is something else that failed. */
export function networkFailure(error: unknown): string | undefined {
  // Before the name: the AWS SDK calls a connection that broke a TimeoutError.
  const code = codesIn(error).find((one) => NETWORK.test(one));
  if (code !== undefined) return code;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  // fetch says "fetch failed", and why in the cause.
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : undefined;
}

/** The codes of an error, of what caused it, and of each address that was tried. */
function codesIn(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(Array.isArray(errors) ? errors.flatMap(codesIn) : []),
    ...codesIn(cause),
  ];
}
