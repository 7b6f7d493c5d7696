/** An emulator of Kinesis Data Streams on this machine: kinesalite, in a process that ends with its parent. */
import { mkdir } from 'node:fs/promises';
import { type ServerProcess, startServer } from '../server-process.ts';

export interface EmulatorOptions {
  /** Any free port where it is left out. */
  readonly port?: number;
  /** A folder that keeps the streams between starts; without one they are gone with the process. */
  readonly state?: string;
}

export type Emulator = ServerProcess;

/** The environment of a client that any Kinesis asks for; the emulator takes every signature. */
export const EMULATOR_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  // The same for boto3.
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'emulator',
  AWS_SECRET_ACCESS_KEY: 'emulator',
} as const;

/**
 * Starts an emulator and resolves when it answers.
 * @throws PortTakenError when `port` is in use; AppError when it does not get ready
 */
export async function startEmulator({ port, state }: EmulatorOptions = {}): Promise<Emulator> {
  if (state !== undefined) await mkdir(state, { recursive: true });
  return startServer({
    name: 'The Kinesis emulator',
    program: new URL('serve.ts', import.meta.url),
    args: state === undefined ? [] : [state],
    port,
  });
}
