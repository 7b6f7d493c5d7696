/** Starts a local server in a separate process, which ends with the process that started it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { AppError } from '../src/errors.ts';
import { programArgs } from '../src/program.ts';
import { freePort, PortTakenError } from './kafka/ports.ts';
import { endProcess, spawnTethered, unexpectedEnd } from './tethered.ts';

export interface ServerProcess {
  /** For clients: `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  readonly pid: number;
  /** Rejects when the server ends without `stop`. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export interface ServerProgram {
  /** For messages: "The Kinesis emulator". */
  readonly name: string;
  /** A file that listens on the port in its first argument, or on any free port if that is 0, and calls `reportPort`. */
  readonly program: URL;
  /** The arguments after the port. */
  readonly args: readonly string[];
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** Environment variables that are added to those of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/**
 * Long enough for the API gateway's emulator on a busy machine: it first synthesizes a stack, which takes 7 s on an idle one. The
 * wait ends at once if the process ends.
 */
const READY_TIMEOUT_MS = 300_000;

/**
 * Starts the program and resolves when it listens on 127.0.0.1.
 * @throws PortTakenError if `port` is in use; AppError if the server does not become ready
 */
export async function startServer(server: ServerProgram): Promise<ServerProcess> {
  const { name, program, args, port, environment } = server;
  if (port !== undefined && (await freePort(port)) === undefined) throw new PortTakenError(name, port);
  const words = [...programArgs(program), String(port ?? 0), ...args];
  const child = spawnTethered(process.execPath, words, process.stderr.fd, { env: environment, ipc: true });
  const listening = await reportedPort(name, child);
  return {
    endpoint: `http://127.0.0.1:${listening}`,
    pid: child.pid as number,
    failed: unexpectedEnd(
      child,
      () => new AppError('SERVER_ENDED', `${name} has ended: see its output, then start it again.`),
    ),
    stop: () => endProcess(child),
  };
}

/**
 * For the server's own process: tells the process that called `startServer` the port, as soon as `server` listens. If
 * the caller chose a free port instead, another program could use the port first.
 */
export function reportPort(server: Server): void {
  server.once('listening', () => process.send?.((server.address() as AddressInfo).port));
}

async function reportedPort(name: string, child: ChildProcess): Promise<number> {
  const over = new AbortController();
  child.once('exit', () => over.abort());
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  try {
    const [port] = (await once(child, 'message', { signal })) as [number];
    return port;
  } catch (cause) {
    child.kill('SIGKILL');
    throw new AppError('SERVER_NOT_READY', `${name} did not become ready; see its output.`, { cause });
  }
}
