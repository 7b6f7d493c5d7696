/**
 * The sink as a program: `node src/start.mjs local/kafka/sink/main.ts FILE.properties`. The file name `-` stands for
 * standard input. A Node process that starts the sink with an IPC channel sends requests and receives reports through
 * the channel. The sink ends when that process ends.
 */
import { text } from 'node:stream/consumers';
import { commandLine } from '../../../src/command.ts';
import { AppError } from '../../../src/errors.ts';
import { runAsProgram } from '../../../src/exit.ts';
import { fileError } from '../../../src/files/errors.ts';
import { readText } from '../../../src/files/read.ts';
import { interrupts } from '../../../src/interrupts.ts';
import { readSettings } from '../../../src/settings.ts';
import { aborted } from '../../../src/wait.ts';
import { parseProperties, readConfig } from './config.ts';
import type { FromSink, ToSink } from './protocol.ts';
import { SinkTask } from './task.ts';

const REPORT_MS = 200;

const PROPERTIES = { is: "The connector's properties file", code: 'NO_PROPERTIES' };

await runAsProgram(async () => {
  const flags = commandLine(
    'node src/start.mjs local/kafka/sink/main.ts <file>',
    "Runs the S3 sink with a connector's properties file (- for standard input) until Ctrl-C.",
    process.argv.slice(2),
  )
    .option('brokers', {
      type: 'string',
      describe: 'host:port, separated by commas (default: KAFKA_BROKERS)',
    })
    .demandCommand(1, 1)
    .parseSync();
  const file = String(flags._[0]);
  const properties = parseProperties(file === '-' ? await text(process.stdin) : readText(file, PROPERTIES));
  const brokers = flags.brokers?.split(',') ?? readSettings().brokers;
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
      task.drain().then(() => send({ drained: drain, landed: task.landed() }), reject);
    });
  });
  send({ ready: true });
  const report = setInterval(() => send({ landed: task.landed() }), REPORT_MS);
  await Promise.race([asked, failed]);
  clearInterval(report);
  await task.stop();
}

function translate(error: unknown, bucket: string, brokers: readonly string[]): unknown {
  if (/^KafkaJS(ConnectionError|NumberOfRetriesExceeded)$/.test((error as Error).name))
    return new AppError(
      'BROKER_UNREACHABLE',
      `No Kafka broker responds at ${brokers.join(', ')}; start one (npm run demo does) or set KAFKA_BROKERS.`,
      { retriable: true, cause: error },
    );
  // The error of a failed write does not contain the file's name, so the message names the bucket's folder.
  return fileError(bucket, error, { is: "The bucket's folder" });
}
