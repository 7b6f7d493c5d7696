/**
 * The REST proxy on this machine: an emulator of Confluent's, which is not to be had here, in a process of its own. It
 * speaks the parts of the v2 API that a producer needs: topics, and records of the embedded formats json and binary.
 */
import { type ServerProcess, startServer } from '../server-process.ts';

export interface RestProxyOptions {
  readonly brokers: readonly string[];
  /** Any free port where it is left out; Confluent's own default is 8082. */
  readonly port?: number;
}

/**
 * Starts a proxy and resolves when it listens.
 * @throws PortTakenError when `port` is in use; AppError when it does not get ready
 */
export function startRestProxy({ brokers, port }: RestProxyOptions): Promise<ServerProcess> {
  return startServer({
    name: 'The REST proxy',
    program: new URL('rest-proxy/serve.ts', import.meta.url),
    args: [brokers.join(',')],
    port,
  });
}
