/**
 * API Gateway on this machine: an emulator that serves the API of the AWS stacks from the synthesized template. Its
 * routes, models and mapping templates are the same as on AWS. Its backends are the Kinesis emulator and a REST proxy.
 */
import { STAGE } from '../../infra/stage.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

export interface GatewayOptions {
  /** The pipeline's id, the same as in the stack: lower-case letters, digits and -. */
  readonly id: string;
  /** The Kinesis emulator's endpoint. */
  readonly kinesis: string;
  /** The REST proxy's endpoint, for all paths that don't lead to Kinesis; without it, those paths return an error. */
  readonly rest?: string;
  /** Default: any free port. */
  readonly port?: number;
  /** The region and credentials that callers must have; default: those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Gateway extends ServerProcess {
  /** For clients: `http://127.0.0.1:4568/prod`. */
  readonly invokeUrl: string;
}

/**
 * Starts a gateway and resolves when it listens. It accepts only requests signed with the credentials in `environment`.
 * @throws PortTakenError if `port` is in use; AppError if the gateway does not become ready
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { id, kinesis, rest, port, environment } = options;
  const server = await startServer({
    name: 'The local API gateway',
    program: new URL('gateway/serve.ts', import.meta.url),
    args: [id, kinesis, ...(rest === undefined ? [] : [rest])],
    port,
    environment,
  });
  return { ...server, invokeUrl: `${server.endpoint}/${STAGE}` };
}
