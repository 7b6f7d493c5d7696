/**
 * The S3 sink on this machine: an emulator of MSK Connect with Confluent's S3 sink connector, which are not available
 * here. The emulator accepts the connector's options that this pipeline uses, and writes the same objects into a folder
 * instead of a bucket. Like the connector's worker, it is a separate process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { AppError } from '../../src/errors.ts';
import { programArgs } from '../../src/program.ts';
import { endProcess } from '../tethered.ts';
import type { FromSink, SinkOptions, ToSink } from './sink/protocol.ts';

export interface Sink {
  readonly pid: number;
  /**
   * Resolves when all records that were in the topics at the time of the call are in objects, with the number of records
   * that this sink has landed.
   */
  drain(): Promise<number>;
  /** Ends the process. The next sink lands the records that haven't landed. */
  stop(): Promise<void>;
}

const MAIN = new URL('sink/main.ts', import.meta.url);

/**
 * Starts the sink and resolves when it is reading its topics.
 * @throws SinkEndedError with the sink's message, for example if an option is not supported
 */
export async function startSink(options: SinkOptions): Promise<Sink> {
  const child = spawn(process.execPath, programArgs(MAIN), { stdio: ['pipe', 'ignore', 'pipe', 'ipc'] });
  child.stdin?.end(JSON.stringify(options));
  const ended = end(child);
  const answers = new Map<number, (landed: number) => void>();
  const ready = new Promise<void>((resolve) => {
    child.on('message', (message: FromSink) => {
      if (message.ready) resolve();
      if (message.drained !== undefined) answers.get(message.drained)?.(message.landed ?? 0);
    });
  });
  await Promise.race([ready, ended]);
  let drains = 0;
  return {
    pid: child.pid as number,
    async drain() {
      const id = ++drains;
      const answered = new Promise<number>((resolve) => answers.set(id, resolve));
      child.send({ drain: id } satisfies ToSink, () => {}); // if the channel is closed, `ended` rejects with the reason
      const landed = await Promise.race([answered, ended]);
      answers.delete(id);
      return landed;
    },
    stop: () => endProcess(child),
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
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('close', (code) => reject(new SinkEndedError(code, output)));
  });
  ended.catch(() => {}); // without this, a rejection that no caller awaits would be unhandled
  return ended;
}
