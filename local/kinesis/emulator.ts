/** An emulator of Kinesis Data Streams on this machine: kinesalite, in a process that ends with its parent. */
import { mkdir } from 'node:fs/promises';
import { type ServerProcess, startServer } from '../server-process.ts';

export interface EmulatorOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** A folder that keeps the streams between starts; without it, the streams are deleted when the process ends. */
  readonly state?: string;
}

export type Emulator = ServerProcess;

/**
 * Environment variables that every Kinesis client needs. The emulator accepts any values, because it checks no
 * signature.
 */
export const EMULATOR_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  // boto3 reads the region from this variable.
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'emulator',
  AWS_SECRET_ACCESS_KEY: 'emulator',
} as const;

/**
 * Starts an emulator and resolves when it answers.
 * @throws PortTakenError if `port` is in use; AppError if the emulator does not become ready
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
