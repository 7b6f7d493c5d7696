/** An emulator of Kinesis Data Streams on this machine: kinesalite, in a process that ends with whoever started it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../src/errors.ts';
import { freePort, PortTakenError } from '../kafka/ports.ts';
import { spawnTethered } from '../kafka/tethered.ts';

export interface EmulatorOptions {
  /** Any free port where it is left out. */
  readonly port?: number;
  /** A folder that keeps the streams between starts; without one they are gone with the process. */
  readonly state?: string;
}

export interface Emulator {
  /** For clients: `http://127.0.0.1:4567`. */
  readonly endpoint: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** The environment of a client that any Kinesis asks for; the emulator takes every signature. */
export const EMULATOR_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  // The same for boto3.
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'emulator',
  AWS_SECRET_ACCESS_KEY: 'emulator',
} as const;

const NAME = 'The Kinesis emulator';
const READY_TIMEOUT_MS = 20_000;
const READY_POLL_MS = 20;

/**
 * Starts an emulator and resolves when it answers.
 * @throws PortTakenError when `port` is in use; AppError when it does not get ready
 */
export async function startEmulator({ port, state }: EmulatorOptions = {}): Promise<Emulator> {
  const free = await freePort(port);
  if (free === undefined) throw new PortTakenError(NAME, port ?? 0);
  if (state !== undefined) await mkdir(state, { recursive: true });
  const program = fileURLToPath(new URL('serve.ts', import.meta.url));
  const tsx = createRequire(import.meta.url).resolve('tsx');
  const child = spawnTethered(
    process.execPath,
    ['--import', tsx, program, String(free), ...(state === undefined ? [] : [state])],
    process.stderr.fd,
  );
  await untilListening(child, free);
  return { endpoint: `http://127.0.0.1:${free}`, pid: child.pid as number, stop: () => stop(child) };
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new AppError(
        'EMULATOR_NOT_READY',
        `${NAME} did not get ready on 127.0.0.1:${port}; what it printed says why.`,
      );
    }
    await sleep(READY_POLL_MS);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
