/**
 * The client of local/spark: one warm JVM that runs Databricks notebooks, each in a process and a session of its own.
 *
 *     const kernel = await Kernel.start({ installed: await install(readSettings()), state: '/tmp/state' });
 *     const result = await kernel.run('notebooks/3_clean/orders.py', { schema: 'batch' });
 *     const rows = await kernel.sql('SELECT count(*) AS n FROM batch.clean_orders');
 *     await kernel.stop();
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../src/errors.ts';
import { fileError } from '../../src/files/errors.ts';
import { type ClassArchive, classArchive } from '../install/class-archive.ts';
import type { Installed } from '../install/install.ts';
import { killTethered } from '../tethered.ts';

/** Secrets: scope to key to value. */
export type Scopes = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface KernelOptions {
  readonly installed: Installed;
  /** Tables, mounts, volumes and logs; one kernel at a time. */
  readonly state: string;
  /** Which folder stands in for each S3 bucket that a notebook may mount. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** A folder in which every other bucket is the folder of its name, made when a notebook first names it. */
  readonly bucketRoot?: string;
  readonly secrets?: Scopes;
  /** Spark settings that go before the kernel's own. */
  readonly conf?: Readonly<Record<string, string>>;
  /** Settings that are faster on a few thousand rows and slower on a million. */
  readonly small?: boolean;
  /** Runs the notebooks over Spark Connect, as serverless compute does. */
  readonly connect?: boolean;
  /** Answers SQL by Spark's Thrift protocol too. */
  readonly sql?: boolean;
  /** A cluster's environment variables: where the AWS clients of Spark's sources find region, endpoint and credentials. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ends the start at once; a kernel that has started is ended by `stop`. */
  readonly signal?: AbortSignal;
}

/** Spark's Thrift server, over HTTP on the loopback interface; who knows the path may ask anything. */
export interface Thrift {
  readonly port: number;
  readonly path: string;
}

type RunState = 'success' | 'failed' | 'canceled' | 'timedout';

export interface RunError {
  readonly notebook: string;
  /** From 1, markdown included, as Databricks shows it. */
  readonly cell: number;
  /** Of the notebook's file. */
  readonly line: number;
  readonly message: string;
  readonly trace: string;
}

export interface RunResult {
  readonly state: RunState;
  readonly seconds: number;
  /** What the notebook gave to `dbutils.notebook.exit`. */
  readonly exit?: string;
  readonly output: string;
  readonly error?: RunError;
}

export interface RunOptions {
  /** Names the run's log. */
  readonly name?: string;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: AppError): void;
  output?(text: string): void;
}

interface Answer {
  readonly id?: number;
  readonly ready?: { readonly thrift?: Thrift };
  readonly fatal?: { readonly code: string; readonly message: string };
  readonly output?: string;
  readonly result?: unknown;
  readonly error?: string;
}

/** 5 to 11 s on an idle machine. */
const READY_TIMEOUT_MS = 300_000;

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** Spark looks here for streaming sources that it doesn't have. */
const SOURCES = fileURLToPath(new URL('sources', import.meta.url));

export class Kernel {
  /** Process id of the leader of the group of kernel, JVM and runs. */
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #log: string;
  readonly #archive: ClassArchive;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #requests = 0;
  #thrift: Thrift | undefined;
  #gone: AppError | undefined;

  private constructor(process: ChildProcess, log: string, archive: ClassArchive) {
    this.#process = process;
    this.#log = log;
    this.#archive = archive;
    this.pid = process.pid ?? 0;
    this.#ended = new Promise((resolve) => {
      process.once('close', () => {
        this.#gone = this.#death();
        for (const pending of this.#pending.values()) pending.reject(this.#gone);
        this.#pending.clear();
        resolve();
      });
    });
  }

  /** Starts Python and the JVM; resolves when notebooks can run. Rejects with an AppError whose sentence says what to mend. */
  static async start(options: KernelOptions): Promise<Kernel> {
    const { installed, state, environment: variables, bucketRoot, signal, ...rest } = options;
    signal?.throwIfAborted();
    const log = path.resolve(state, 'logs', 'kernel.log');
    const logged = openLog(log);
    const child = spawn(installed.python, ['-m', 'local.spark'], {
      cwd: REPOSITORY,
      detached: true,
      stdio: ['pipe', 'pipe', logged],
      env: { ...variables, ...environment(installed) },
    });
    fs.closeSync(logged);
    const archive = archiveOf(options);
    const kernel = new Kernel(child, log, archive);
    child.stdin?.on('error', () => {});
    kernel.#send({
      ...rest,
      ...(bucketRoot !== undefined && { bucket_root: path.resolve(bucketRoot) }),
      state: path.resolve(state),
      jars: installed.jars.spark,
      java: installed.java,
      jvm_flags: archive.flags,
    });
    const over = AbortSignal.timeout(READY_TIMEOUT_MS);
    const cut = AbortSignal.any([over, ...(signal ? [signal] : [])]);
    const kill = () => killTethered(child);
    cut.addEventListener('abort', kill);
    try {
      await kernel.#ready(installed.python);
    } catch (error) {
      signal?.throwIfAborted();
      if (over.aborted) throw notReady(log);
      throw error;
    } finally {
      cut.removeEventListener('abort', kill);
    }
    return kernel;
  }

  /** Where SQL is answered by Thrift: only of a kernel that was asked for that. */
  get thrift(): Thrift {
    if (!this.#thrift) throw new Error('The kernel was started without `sql`.');
    return this.#thrift;
  }

  /** Runs one notebook; a failing notebook is a result, not a rejection. Rejects only when the kernel is gone. */
  async run(
    notebook: string,
    parameters: Readonly<Record<string, string>> = {},
    options: RunOptions = {},
  ): Promise<RunResult> {
    let output = '';
    const collect = (text: string) => {
      output += text;
      options.onOutput?.(text);
    };
    const run = {
      notebook: path.resolve(notebook),
      parameters,
      name: options.name ?? '',
      timeout: options.timeoutSeconds ?? 0,
    };
    const { id, result } = this.#request<Omit<RunResult, 'output'>>({ run }, collect);
    const cancel = () => this.#send({ cancel: id });
    options.signal?.addEventListener('abort', cancel);
    if (options.signal?.aborted) cancel();
    try {
      return { ...(await result), output };
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /**
   * One statement's rows as JSON values: integers beyond 2^53 and decimals as text, timestamps as ISO 8601 in UTC. Each
   * statement has its own session, so name tables in full.
   */
  async sql(
    statement: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Record<string, unknown>[]> {
    return this.#request<Record<string, unknown>[]>({ sql: { statement, parameters } }).result;
  }

  /** Gives these secrets, and no others, to the runs that begin from now on. */
  setSecrets(secrets: Scopes): void {
    if (!this.#gone) this.#send({ secrets });
  }

  /** Resolves when Spark has ended, also by itself; the error says where to look. */
  async ended(): Promise<AppError> {
    await this.#ended;
    return this.#gone as AppError;
  }

  /** Cancels what runs, stops Spark and waits for the end. */
  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
    if (this.#process.exitCode === 0) this.#archive.keep();
  }

  #request<Result>(what: object, output?: (text: string) => void): { id: number; result: Promise<Result> } {
    this.#requests += 1;
    const id = this.#requests;
    const result = new Promise<unknown>((resolve, reject) => {
      if (this.#gone) return reject(this.#gone);
      this.#pending.set(id, { resolve, reject, ...(output && { output }) });
      this.#send({ id, ...what });
    });
    return { id, result: result as Promise<Result> };
  }

  #send(content: object): void {
    this.#process.stdin?.write(`${JSON.stringify(content)}\n`);
  }

  #ready(python: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.once('error', (error) => {
        const message = `Python can't be started: expected one at ${python} (${error.message}); run npm run local:install.`;
        reject(new AppError('PYTHON_BROKEN', message));
      });
      void this.#ended.then(() => reject(this.#gone));
      const lines = readline.createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
      lines.on('line', (line) => {
        const answer = JSON.parse(line) as Answer;
        if (answer.ready) {
          this.#thrift = answer.ready.thrift;
          resolve();
        } else if (answer.fatal) reject(new AppError(answer.fatal.code, answer.fatal.message));
        else this.#take(answer);
      });
    });
  }

  #take({ id = 0, output, result, error }: Answer): void {
    const pending = this.#pending.get(id);
    if (output !== undefined) {
      pending?.output?.(output);
      return;
    }
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new AppError('SQL_FAILED', error));
  }

  #death(): AppError {
    const message = `Spark's process ${this.pid} has ended: see ${this.#log}, then start it again.`;
    return new AppError('KERNEL_ENDED', message, { retriable: true });
  }
}

const notReady = (log: string): AppError =>
  new AppError(
    'KERNEL_NOT_READY',
    `Spark did not start within ${READY_TIMEOUT_MS / 1000} s: the end of ${log} says why.`,
  );

/** Spark Connect, which loads other classes, has an archive of its own. */
function archiveOf({ installed, connect }: KernelOptions): ClassArchive {
  const { archives, java, jars } = installed;
  return classArchive({
    folder: archives,
    name: connect ? 'spark-connect' : 'spark',
    java,
    jars: [jars.spark, jars.pyspark],
    jvmFlags: [],
  });
}

/** The log takes what Python says before it can say anything else. */
function openLog(log: string): number {
  try {
    fs.mkdirSync(path.dirname(log), { recursive: true });
    return fs.openSync(log, 'a');
  } catch (error) {
    throw fileError(log, error, { is: "Spark's log", code: 'STATE_NOT_WRITABLE' });
  }
}

/** Nothing of the caller's Python or Spark settings gets in; a cluster's clock is UTC. */
function environment(installed: Installed): Record<string, string> {
  return {
    PATH: [path.dirname(installed.python), path.join(installed.java, 'bin'), '/usr/bin', '/bin'].join(':'),
    HOME: '/',
    JAVA_HOME: installed.java,
    PYTHONPATH: `${SOURCES}:${REPOSITORY}`,
    // By its name alone: Spark asks a shell whether it is there, and doesn't quote it.
    PYSPARK_PYTHON: path.basename(installed.python),
    PYTHONUNBUFFERED: '1',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}
