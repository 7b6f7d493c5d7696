/**
 * The sink's process, which `startSink` starts. It reads its options from standard input, sends and receives messages through
 * an IPC channel, and ends when the process that started it ends.
 */
import { json } from 'node:stream/consumers';
import { AppError } from '../../../src/errors.ts';
import { runAsProgram } from '../../../src/exit.ts';
import { fileError } from '../../../src/files/errors.ts';
import { interrupts } from '../../../src/interrupts.ts';
import { typeOf } from '../../../src/producer/sinks/kafka-errors.ts';
import { aborted } from '../../../src/wait.ts';
import { readConfig } from './config.ts';
import type { FromSink, SinkOptions, ToSink } from './protocol.ts';
import { SinkTask } from './task.ts';

await runAsProgram(async () => {
  const { properties, brokers } = (await json(process.stdin)) as SinkOptions;
  const config = readConfig(properties);
  const task = new SinkTask(config, brokers);
  const asked = aborted(interrupts().first);
  await Promise.race([serve(task, asked), task.failed]).catch((error: unknown) => {
    throw translate(error, config.bucket, brokers);
  });
});

async function serve(task: SinkTask, asked: Promise<void>): Promise<void> {
  await Promise.race([task.start(), asked]);
  const send = (message: FromSink) => process.connected && process.send?.(message);
  const failed = new Promise<never>((_, reject) => {
    process.on('message', ({ drain }: ToSink) => {
      task.drain().then(() => send({ drained: drain, landed: task.landed }), reject);
    });
  });
  send({ ready: true });
  await Promise.race([asked, failed]);
  await task.stop();
}

function translate(error: unknown, bucket: string, brokers: readonly string[]): unknown {
  // First, because kafkajs retries this error, too, and then throws a KafkaJSNumberOfRetriesExceeded.
  if (typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION')
    return new AppError('TOPIC_DELETED', 'A topic that the sink reads was deleted: start the sink again.', {
      cause: error,
    });
  if (/^KafkaJS(ConnectionError|NumberOfRetriesExceeded)$/.test((error as Error).name))
    return new AppError(
      'BROKER_UNREACHABLE',
      `No Kafka broker responds at ${brokers.join(', ')}; start one (npm run demo does) or set KAFKA_BROKERS.`,
      { retriable: true, cause: error },
    );
  // The error of a failed write does not contain the file's name, so the message names the bucket's folder.
  return fileError(bucket, error, { is: "The bucket's folder" });
}
