/** Parses addresses in settings and flags; the error for an invalid address names the expected form. */
import net from 'node:net';

export const MAX_PORT = 65_535;

/** Ports that `fetch` blocks, so no HTTP server may listen on them: https://fetch.spec.whatwg.org/#port-blocking */
const BAD_PORTS = new Set(
  [
    '1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123',
    '135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993',
    '995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080',
  ].flatMap((line) => line.split(' ').map(Number)),
);

/** Returns whether HTTP clients block a port. */
export const isBadPort = (port: number): boolean => BAD_PORTS.has(port);

export interface HostPort {
  /** An IPv6 address has no brackets here. */
  readonly host: string;
  readonly port: number;
}

/** Parses `host:port` or `[::1]:port`; returns undefined for anything else. */
export function hostPort(text: string): HostPort | undefined {
  const [, inBrackets, name, digits] = /^(?:\[([^\]]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = inBrackets ?? name;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > MAX_PORT) return undefined;
  return inBrackets !== undefined && !net.isIPv6(inBrackets) ? undefined : { host, port };
}

export const HOST_PORT = `host:port, with an IPv6 address in brackets as in [::1]:9092 and a port from 1 to ${MAX_PORT}`;

/** Returns whether a text is an address, or was meant as one. A message must not repeat it, because it may contain a password. */
export const isAddress = (text: string): boolean => /^[\s"']*[a-z][a-z\d+.-]+:(\/|[^/]*@)/i.test(text);

/**
 * Returns the requirement that a web address does not meet; undefined if it meets all. A user name and password belong in the
 * settings that `login` names. They must not be in the address, because addresses appear in messages, logs and files.
 */
export function webAddressProblem(text: string, login: string): string | undefined {
  if (!/^https?:\/\//i.test(text)) return 'a URL that begins with http:// or https://';
  const authority = /^https?:\/\/([^/?#]*)/i.exec(text)?.[1] ?? '';
  const problem = authorityProblem(authority.replace(/^.*@/, ''));
  if (problem !== undefined) return problem;
  if (!URL.canParse(text)) return 'a URL with a host name';
  const { username, password, port, search, hash } = new URL(text);
  if (username !== '' || password !== '')
    return `a URL without a user name and password, which belong in ${login}`;
  if (search !== '' || hash !== '') return 'a URL without ? and #';
  return isBadPort(Number(port || -1)) ? `a port other than ${port}, which HTTP clients block` : undefined;
}

/** Returns the requirement that `host`, `host:port` or `[::1]:port` of a URL does not meet; undefined if it meets all. */
export function authorityProblem(authority: string): string | undefined {
  if (!authority.startsWith('[') && authority.split(':').length > 2)
    return 'an IPv6 address in brackets, as in [::1]:8082';
  const port = /:(\d+)$/.exec(authority)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > MAX_PORT))
    return `a port from 1 to ${MAX_PORT}`;
  return undefined;
}
