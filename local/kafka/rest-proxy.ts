/**
 * An emulator of Confluent's REST proxy, which is not available here. The emulator runs in a separate process and
 * implements the parts of the v2 API that a producer needs: topics, and records in the embedded formats json and binary.
 */
import { type ServerProcess, startServer } from '../server-process.ts';

export interface RestProxyOptions {
  readonly brokers: readonly string[];
  /** Default: any free port. Confluent's default is 8082. */
  readonly port?: number;
}

/**
 * Starts a proxy and resolves when it listens.
 * @throws PortTakenError if `port` is in use; AppError if the proxy does not become ready
 */
export function startRestProxy({ brokers, port }: RestProxyOptions): Promise<ServerProcess> {
  return startServer({
    name: 'The REST proxy',
    program: new URL('rest-proxy/serve.ts', import.meta.url),
    args: [brokers.join(',')],
    port,
  });
}
