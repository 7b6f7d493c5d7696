/**
 * The S3 sink on this machine: an emulator of MSK Connect with Confluent's S3 sink connector, which are not available
 * here. The emulator accepts the connector's options that this pipeline uses, and writes the same objects into a folder
 * instead of a bucket. Like the connector's worker, it is a separate process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { AppError } from '../../src/errors.ts';
import { programArgs } from '../../src/program.ts';
import type { FromSink, ToSink } from './sink/protocol.ts';
import type { Landed } from './sink/task.ts';

export interface SinkOptions {
  /** Confluent's options; `connectorProperties` returns the options for this pipeline. */
  readonly properties: Readonly<Record<string, string>>;
  readonly brokers: readonly string[];
  /** Called a few times a second with the result of `landed`. */
  readonly onLanded?: (landed: readonly Landed[]) => void;
}

export interface Sink {
  readonly pid: number;
  /** Returns the number of records that the sink's process has landed, for each topic partition with records. */
  landed(): readonly Landed[];
  /** Resolves when all records that were in the topics at the time of the call are in objects. */
  drain(): Promise<readonly Landed[]>;
  /** Ends the process. The next sink lands the records that haven't landed. */
  stop(): Promise<void>;
}

const MAIN = new URL('sink/main.ts', import.meta.url);

/**
 * Starts the sink and resolves when it is reading its topics.
 * @throws SinkEndedError with the sink's message, for example if an option is not supported
 */
export async function startSink({ properties, brokers, onLanded }: SinkOptions): Promise<Sink> {
  const args = [...programArgs(MAIN), '-', '--brokers', brokers.join(',')];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe', 'ipc'] });
  child.stdin?.end(
    Object.entries(properties)
      .map(([name, value]) => `${name}=${escapeValue(value)}\n`)
      .join(''),
  );
  const ended = end(child);
  let landed: readonly Landed[] = [];
  const answers = new Map<number, () => void>();
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: FromSink) => {
      if (message.landed) landed = message.landed;
      if (message.landed) onLanded?.(landed);
      if (message.ready) resolve();
      if (message.drained !== undefined) answers.get(message.drained)?.();
    });
  });
  await Promise.race([ready, ended]);
  let drains = 0;
  return {
    pid: child.pid as number,
    landed: () => landed,
    async drain() {
      const id = ++drains;
      const answered = new Promise<void>((resolve) => answers.set(id, resolve));
      child.send({ drain: id } satisfies ToSink, () => {}); // if the channel is closed, `ended` rejects with the reason
      await Promise.race([answered, ended]);
      answers.delete(id);
      return landed;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

class SinkEndedError extends AppError {
  constructor(code: number | null, output: string) {
    super(
      'SINK_ENDED',
      output.replace(/^error: /, '').trim() || `The S3 sink was killed from outside (exit ${code}).`,
    );
  }
}

/** Returns a promise that rejects when the process has ended. The error's message is what the process printed. */
function end(child: ChildProcess): Promise<never> {
  let output = '';
  child.stderr?.on('data', (bytes: Buffer) => {
    output += bytes;
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('close', (code) => reject(new SinkEndedError(code, output)));
  });
  ended.catch(() => {}); // without this, a rejection that no caller awaits would be unhandled
  return ended;
}

const escapeValue = (value: string) => value.replaceAll('\\', '\\\\');
