/** Recognizes loopback addresses, failed connections and untrusted certificates, for all clients. */
import net from 'node:net';

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * Returns whether a host is this machine: `localhost`, 127.0.0.0/8 or `::1`, also in brackets. Data sent there does not
 * cross a network.
 */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  const family = net.isIP(host);
  if (family === 0) return host === 'localhost' || host.endsWith('.localhost');
  return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Node's codes for invalid certificates, which Node takes from OpenSSL (`X509ErrorCode` in Node's `tls`). */
const CERTIFICATE =
  /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_|CRL_|ERROR_IN_C|ERR_TLS_CERT_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|HANDSHAKE_SSL_ERROR$)/;

/** Returns the code of a problem with the server's certificate; undefined for any other error. */
export const certificateProblem = (error: unknown): string | undefined =>
  codesIn(error).find((code) => CERTIFICATE.test(code));

/** Returns the message for a server whose certificate Node does not trust. */
export const untrustedMessage = (server: string, problem: string): string =>
  `The certificate of ${server} is not trusted (${problem}): set NODE_EXTRA_CA_CERTS to the PEM file of its certificate authority.`;

/** Error codes of sockets, of name resolution, of TLS and HTTP with a server that does not support them, and of Node's fetch. */
const NETWORK =
  /^(ECONN\w+|ETIMEDOUT|ESOCKETTIMEDOUT|EPIPE|EPROTO|ENOTFOUND|EAI_\w+|E(HOST|NET)(UNREACH|DOWN)|EADDRNOTAVAIL|ERR_(SSL|HTTP2)_\w+|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+|UND_ERR_\w+)$/;

/** Returns the code of a network failure, such as `ECONNREFUSED`; undefined for any other error. */
export function networkFailure(error: unknown): string | undefined {
  // The code is checked before the name, because the AWS SDK gives a broken connection the name TimeoutError.
  const code = codesIn(error).find((one) => NETWORK.test(one));
  if (code !== undefined) return code;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time';
  // fetch reports only "fetch failed"; the reason is in the cause.
  return error instanceof TypeError && error.cause instanceof Error ? error.cause.message : undefined;
}

/** Returns the codes of an error, of its causes, and of each address that was tried. */
function codesIn(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(Array.isArray(errors) ? errors.flatMap(codesIn) : []),
    ...codesIn(cause),
  ];
}
