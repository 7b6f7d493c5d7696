/** Supports IPv6 addresses of brokers, because kafkajs splits `[::1]:9092` at its first colon. */
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory, KafkaConfig } from 'kafkajs';

/** The keep-alive delay that kafkajs sets on its own sockets. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Replaces the colons of an IPv6 address. Keeps its brackets, by which `unmasked` distinguishes an address from a host
 * name.
 */
const masked = (broker: string): string =>
  broker.replace(/^\[(.+)\]/, (_, address: string) => `[${address.replaceAll(':', '-')}]`);

const unmasked = (host: string): string =>
  host.startsWith('[') ? host.slice(1, -1).replaceAll('-', ':') : host;

const socketFactory: ISocketFactory = ({ host: name, port, ssl, onConnect }) => {
  const host = unmasked(name);
  const socket = ssl
    ? tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
    : net.connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS);
};

/** Returns the part of a client's configuration for `brokers`, each `host:port`. */
export const brokersOf = (brokers: readonly string[]): Pick<KafkaConfig, 'brokers' | 'socketFactory'> => ({
  brokers: brokers.map(masked),
  socketFactory,
});
