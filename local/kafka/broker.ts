/** A real Kafka broker on this machine: one KRaft node on 127.0.0.1 that stores its topics in a folder. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../src/errors.ts';
import { diskFull, fileError } from '../../src/files/errors.ts';
import { type ClassArchive, classArchive } from '../install/class-archive.ts';
import { explainFailure, saysDiskFull } from '../install/errors.ts';
import type { Installed } from '../install/install.ts';
import { runProgram } from '../install/process.ts';
import { endProcess, spawnTethered, unexpectedEnd } from '../tethered.ts';
import { freePort, PortTakenError } from './ports.ts';
import { brokerProperties, type MoreListeners } from './properties.ts';
import { untilReady } from './topics.ts';

export { countRecords, createTopics } from './topics.ts';

export interface BrokerOptions {
  readonly installed: Installed;
  /** A folder for topics, settings and log; kept between starts. */
  readonly state: string;
  /** Default: the port of the last start, or any free port if that port is taken. */
  readonly port?: number;
  /** Called for each start, so that a start after a lost port can have other ports. */
  readonly listeners?: () => Promise<MoreListeners>;
}

export interface Broker {
  /** For clients: `["127.0.0.1:9092"]`. */
  readonly brokers: readonly string[];
  readonly pid: number;
  /** Rejects with the reason when the broker ends without `stop`. */
  readonly failed: Promise<never>;
  /** Shuts the broker down in an orderly way. */
  stop(): Promise<void>;
}

/**
 * Paths relative to the state folder, in which Kafka runs. Full paths may contain characters that would be misread:
 * Kafka reads a properties file as Latin-1 and splits its log folders at commas, and Java splits a class path at
 * colons.
 */
const DATA = 'data';
const SETTINGS = 'server.properties';

/** The serial collector and C1 suffice for the broker's small load. On two cores, it starts in 6 s instead of 8 s. */
const JVM_FLAGS = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];

/**
 * Starts a broker and resolves when it accepts records and consumer groups. The broker ends when this process ends.
 * @throws PortTakenError if `port` is in use; AppError if Kafka does not become ready
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (!(error instanceof PortLostError) || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Number of starts, each with new ports, because another program may use a free port before Kafka does. */
const ATTEMPTS = 3;

/** Between the choice of the ports and Kafka's start, another program has begun to use one of them. */
class PortLostError extends AppError {}

async function startOnce({ installed, state, port, ...options }: BrokerOptions): Promise<Broker> {
  const settings = path.join(state, SETTINGS);
  await mkdir(state, { recursive: true }).catch((error: unknown) => {
    throw fileError(state, error, FOLDER);
  });
  const listeners = await options.listeners?.();
  const ports = {
    broker: port === undefined ? await freshPort(settings) : await freePort(port),
    controller: await freePort(),
  };
  if (ports.broker === undefined || ports.controller === undefined)
    throw new PortTakenError('Kafka', port ?? 0);
  const lines = brokerProperties(DATA, { broker: ports.broker, controller: ports.controller }, listeners);
  await writeFile(settings, lines, { mode: 0o600 }).catch((error: unknown) => {
    throw fileError(settings, error);
  });
  const java = path.join(installed.java, 'bin', 'java');
  const places = [path.join(installed.jars.kafka, '*'), ...(listeners ? [listeners.classes] : [])];
  const classpath = ['-cp', places.join(path.delimiter)];
  if (!existsSync(path.join(state, DATA, 'meta.properties')))
    await format(java, classpath, state, ['--config', SETTINGS, ...(listeners?.format ?? [])]);

  const logFile = path.join(state, 'broker.log');
  const log = await open(logFile, 'a');
  const { size: earlier } = await log.stat();
  const archive = listeners ? undefined : archiveOf(installed);
  const flags = [...JVM_FLAGS, ...(archive?.flags ?? [])];
  const child = spawnTethered(java, [...flags, ...classpath, 'kafka.Kafka', SETTINGS], log.fd, {
    cwd: state,
  });
  await log.close();
  const brokers = [`127.0.0.1:${ports.broker}`];
  const over = new AbortController();
  child.once('exit', () => over.abort());
  try {
    await untilReady(brokers, over.signal);
  } catch (error) {
    child.kill('SIGKILL');
    throw await brokerError('did not become ready', state, logFile, earlier, error);
  }
  return {
    brokers,
    pid: child.pid as number,
    failed: unexpectedEnd(child, () => brokerError('has ended', state, logFile, earlier)),
    stop: () => stop(child, archive),
  };
}

/** @param earlier: the size in bytes that the log had before this start */
async function brokerError(
  what: string,
  state: string,
  logFile: string,
  earlier: number,
  cause?: unknown,
): Promise<AppError> {
  const log = (await readFile(logFile)).toString('latin1', earlier);
  const { bavail, bsize } = await statfs(state);
  // On a full disk, Kafka may be unable to write to its log too.
  if (bavail * bsize < LAST_BYTES || saysDiskFull(log)) return diskFull(state, FOLDER);
  const KafkaError = log.includes('Address already in use') ? PortLostError : AppError;
  return new KafkaError('BROKER_NOT_READY', `Kafka ${what}; see the end of ${logFile}.`, { cause });
}

/** In bytes. A disk with less free space counts as full, because the files of a topic would not fit. */
const LAST_BYTES = 2 ** 20;

const FOLDER = { is: "Kafka's folder" };

/** Returns the port of the last start, so that clients find the broker again. If it is taken, returns a free port. */
async function freshPort(settings: string): Promise<number | undefined> {
  const last = await readFile(settings, 'utf8').catch(() => '');
  const [, port] = /^listeners=PLAINTEXT:\/\/127\.0\.0\.1:(\d+)/m.exec(last) ?? [];
  return (port && (await freePort(Number(port)))) || freePort();
}

async function format(java: string, classpath: string[], state: string, words: string[]): Promise<void> {
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  const args = [...JVM_FLAGS, ...classpath, 'kafka.tools.StorageTool', 'format', ...words];
  // `--cluster-id` and the id are one argument: a separate id that begins with "-" would be read as a flag.
  const { code, output } = await runProgram(java, [...args, `--cluster-id=${id}`], { cwd: state });
  if (code !== 0 && saysDiskFull(output)) throw diskFull(state, FOLDER);
  if (code !== 0) throw explainFailure("Formatting Kafka's folder", state, output);
}

const archiveOf = ({ archives, java, jars }: Installed): ClassArchive =>
  classArchive({ folder: archives, name: 'kafka', java, jars: [jars.kafka], jvmFlags: JVM_FLAGS });

/** The exit code of a JVM that shut down normally after SIGTERM. */
const TERMINATED = 143;

async function stop(child: ChildProcess, archive: ClassArchive | undefined): Promise<void> {
  await endProcess(child);
  if (child.exitCode === TERMINATED) archive?.keep();
}
