/** Starts a local server in a separate process, which ends with the process that started it. */
import type { ChildProcess } from 'node:child_process';
import net from 'node:net';
import { AppError } from '../src/errors.ts';
import { programArgs } from '../src/program.ts';
import { waitUntil } from '../src/wait.ts';
import { freePort, PortTakenError } from './kafka/ports.ts';
import { endProcess, spawnTethered } from './tethered.ts';

export interface ServerProcess {
  /** For clients: `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerProgram {
  /** For messages: "The Kinesis emulator". */
  readonly name: string;
  /** A TypeScript file that listens on the port in its first argument. */
  readonly program: URL;
  /** The arguments after the port. */
  readonly args: readonly string[];
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** Environment variables that are added to those of this process. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

/** Long enough for the API gateway's emulator, which first synthesizes a stack. That takes 7 s on an idle machine. */
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 20;

/**
 * Starts the program and resolves when it listens on 127.0.0.1.
 * @throws PortTakenError if `port` is in use; AppError if the server does not become ready
 */
export async function startServer(server: ServerProgram): Promise<ServerProcess> {
  const { name, program, args, port, environment } = server;
  const free = await freePort(port);
  if (free === undefined) throw new PortTakenError(name, port ?? 0);
  const words = [...programArgs(program), String(free), ...args];
  const child = spawnTethered(process.execPath, words, process.stderr.fd, { env: environment });
  await untilListening(name, child, free);
  return { endpoint: `http://127.0.0.1:${free}`, pid: child.pid as number, stop: () => endProcess(child) };
}

async function untilListening(name: string, child: ChildProcess, port: number): Promise<void> {
  const over = new AbortController();
  child.once('exit', () => over.abort());
  await waitUntil(() => answers(port), {
    what: `${name} to listen on 127.0.0.1:${port}`,
    timeoutMs: READY_TIMEOUT_MS,
    intervalMs: READY_POLL_MS,
    signal: over.signal,
  }).catch((cause: unknown) => {
    child.kill('SIGKILL');
    throw new AppError(
      'SERVER_NOT_READY',
      `${name} did not become ready on 127.0.0.1:${port}; see its output.`,
      { cause },
    );
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
