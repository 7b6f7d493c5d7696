/**
 * The client of local/spark: one warm JVM that runs Databricks notebooks, each in its own process and session.
 *
 *     const installed = await install(readSettings());
 *     const kernel = await Kernel.start({ installed, state: '/tmp/state', bucketRoot: '/tmp/s3' });
 *     const result = await kernel.run('notebooks/3_clean/orders.py', { schema: 'batch' });
 *     const rows = await kernel.sql('SELECT count(*) AS n FROM batch.clean_orders');
 *     await kernel.stop();
 */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { AppError } from '../../src/errors.ts';
import { fileError } from '../../src/files/errors.ts';
import { ROOT } from '../../src/root.ts';
import { type ClassArchive, classArchive } from '../install/class-archive.ts';
import type { Installed } from '../install/install.ts';
import { killTethered } from '../tethered.ts';
import { cancelable, type Reply, Requests } from './requests.ts';

/** The values of secrets, by scope and key. */
export type Scopes = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface KernelOptions {
  readonly installed: Installed;
  /** The folder of tables, mounts, volumes and logs. Only one kernel at a time can use it. */
  readonly state: string;
  /** The folder that replaces S3: each bucket is a subfolder with its name, created when a notebook first uses it. */
  readonly bucketRoot: string;
  readonly secrets?: Scopes;
  /** Spark settings that override the kernel's settings. */
  readonly conf?: Readonly<Record<string, string>>;
  /** Uses settings that are faster for a few thousand rows and slower for a million. */
  readonly small?: boolean;
  /** Runs the notebooks over Spark Connect, as serverless compute does. */
  readonly connect?: boolean;
  /** Also starts Spark's Thrift server for SQL. */
  readonly sql?: boolean;
  /** A cluster's environment variables, from which Spark's sources read region, endpoint and credentials. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Aborts the start immediately. A kernel that has started is ended only by `stop`. */
  readonly signal?: AbortSignal;
}

/**
 * Spark's Thrift server, over HTTP on the loopback interface. The path is secret, because it gives access to
 * everything.
 */
export interface Thrift {
  readonly port: number;
  readonly path: string;
}

type RunState = 'success' | 'failed' | 'canceled' | 'timedout';

export interface RunError {
  readonly notebook: string;
  /** Number of the cell from 1, including markdown, as Databricks shows it. */
  readonly cell: number;
  /** Line of the notebook's file. */
  readonly line: number;
  readonly message: string;
  readonly trace: string;
}

export interface RunResult {
  readonly state: RunState;
  readonly seconds: number;
  /** The value that the notebook passed to `dbutils.notebook.exit`. */
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
  /** Whether the result contains the output (default true). A stream may print for weeks. */
  readonly keepOutput?: boolean;
}

interface Answer extends Reply {
  readonly ready?: { readonly thrift?: Thrift };
  readonly fatal?: { readonly code: string; readonly message: string };
  readonly error?: string;
}

/** The start takes 5 to 11 s on an idle machine. */
const READY_TIMEOUT_MS = 300_000;

export class Kernel {
  /** Process id of the process group's leader; the group contains kernel, JVM and runs. */
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #log: string;
  readonly #archive: ClassArchive;
  readonly #requests: Requests;
  readonly #ended: Promise<void>;
  #thrift: Thrift | undefined;
  #gone: AppError | undefined;

  private constructor(process: ChildProcess, log: string, archive: ClassArchive) {
    this.#process = process;
    this.#log = log;
    this.#archive = archive;
    this.pid = process.pid ?? 0;
    this.#requests = new Requests((request) => this.#send(request));
    this.#ended = new Promise((resolve) => {
      process.once('close', () => {
        this.#gone = this.#death();
        this.#requests.end(this.#gone);
        resolve();
      });
    });
  }

  /** Starts Python and the JVM, and resolves when notebooks can run. Rejects with an AppError that states what to fix. */
  static async start(options: KernelOptions): Promise<Kernel> {
    const { installed, state, environment: variables, bucketRoot, signal, ...rest } = options;
    signal?.throwIfAborted();
    const archive = archiveOf(options); // can throw, so before a process starts
    const log = path.resolve(state, 'logs', 'kernel.log');
    const logged = openLog(log);
    const child = spawn(installed.python, ['-m', 'local.spark'], {
      cwd: ROOT,
      detached: true,
      stdio: ['pipe', 'pipe', logged],
      env: { ...variables, ...environment(installed) },
    });
    fs.closeSync(logged);
    const kernel = new Kernel(child, log, archive);
    child.stdin?.on('error', () => {});
    kernel.#send({
      ...rest,
      bucket_root: path.resolve(bucketRoot),
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

  /** The address of the Thrift server. @throws Error if the kernel was started without `sql` */
  get thrift(): Thrift {
    if (!this.#thrift) throw new Error('The kernel was started without `sql`.');
    return this.#thrift;
  }

  /** Runs one notebook. A failed notebook is a result; the promise rejects if the kernel has ended or can't start the run. */
  async run(
    notebook: string,
    parameters: Readonly<Record<string, string>> = {},
    options: RunOptions = {},
  ): Promise<RunResult> {
    let output = '';
    const collect = (text: string) => {
      if (options.keepOutput !== false) output += text;
      options.onOutput?.(text);
    };
    const run = {
      notebook: path.resolve(notebook),
      parameters,
      name: options.name ?? '',
      timeout: options.timeoutSeconds ?? 0,
    };
    const { id, result } = this.#ask<Omit<RunResult, 'output'>>({ run }, collect);
    const ended = await cancelable(result, options.signal, () => this.#send({ cancel: id }));
    return { ...ended, output };
  }

  /**
   * Returns one statement's rows as JSON values: integers beyond 2^53 and decimals as text, timestamps as ISO 8601 in UTC.
   * Each statement has its own session, so table names must be qualified.
   */
  async sql(
    statement: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Record<string, unknown>[]> {
    return this.#ask<Record<string, unknown>[]>({ sql: { statement, parameters } }).result;
  }

  /** Replaces the secrets of all runs that start from now on. */
  setSecrets(secrets: Scopes): void {
    if (!this.#gone) this.#send({ secrets });
  }

  /** Resolves when Spark has ended for any reason. The error names the log to read. */
  async ended(): Promise<AppError> {
    await this.#ended;
    return this.#gone as AppError;
  }

  /** Cancels all runs, stops Spark and waits until it has ended. */
  async stop(): Promise<void> {
    this.#process.stdin?.end();
    await this.#ended;
    if (this.#process.exitCode === 0) this.#archive.keep();
  }

  #ask<Result>(request: object, onOutput?: (text: string) => void): { id: number; result: Promise<Result> } {
    if (this.#gone) return { id: 0, result: Promise.reject(this.#gone) };
    return this.#requests.ask(request, onOutput);
  }

  #send(content: object): void {
    this.#process.stdin?.write(`${JSON.stringify(content)}\n`);
  }

  #ready(python: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#process.once('error', (error) => {
        const message = `Python can't be started: expected a Python at ${python} (${error.message}); run npm run local:install.`;
        reject(new AppError('PYTHON_BROKEN', message));
      });
      void this.#ended.then(() => reject(this.#gone));
      const lines = readline.createInterface({ input: this.#process.stdout as NodeJS.ReadableStream });
      lines.on('line', (line) => {
        const answer = answerIn(line);
        if (answer === undefined) return;
        if (answer.ready) {
          this.#thrift = answer.ready.thrift;
          resolve();
        } else if (answer.fatal) reject(new AppError(answer.fatal.code, answer.fatal.message));
        else this.#requests.settle(answer, failureOf(answer));
      });
    });
  }

  #death(): AppError {
    const message = `Spark's process ${this.pid} has ended: see ${this.#log}, then start Spark again.`;
    return new AppError('KERNEL_ENDED', message, { retriable: true });
  }
}

const failureOf = ({ error }: Answer): AppError | undefined =>
  error === undefined ? undefined : new AppError('SQL_FAILED', error);

const notReady = (log: string): AppError =>
  new AppError(
    'KERNEL_NOT_READY',
    `Spark did not start within ${READY_TIMEOUT_MS / 1000} s: see the end of ${log}.`,
  );

/** Returns the class archive. Spark Connect has a separate archive, because it loads other classes. */
function archiveOf({ installed, connect }: KernelOptions): ClassArchive {
  const { archives, java, jars } = installed;
  // jvm.py sets the JVM flags and the order of the jars. Its whole text is hashed, so a change leads to a new archive.
  const flags = fs.readFileSync(path.join(ROOT, 'local/spark/jvm.py'), 'utf8');
  return classArchive({
    folder: archives,
    name: connect ? 'spark-connect' : 'spark',
    java,
    jars: [jars.spark, jars.pyspark],
    jvmFlags: [flags],
  });
}

/** Opens the log. It also receives Python's errors from the time before the kernel can answer. */
function openLog(log: string): number {
  try {
    fs.mkdirSync(path.dirname(log), { recursive: true });
    return fs.openSync(log, 'a');
  } catch (error) {
    throw fileError(log, error, { is: "Spark's log", code: 'STATE_NOT_WRITABLE' });
  }
}

/** Returns a clean environment, without the caller's Python and Spark settings. The time zone is UTC, as on a cluster. */
function environment(installed: Installed): Record<string, string> {
  return {
    PATH: [path.dirname(installed.python), path.join(installed.java, 'bin'), '/usr/bin', '/bin'].join(':'),
    HOME: '/',
    JAVA_HOME: installed.java,
    PYTHONPATH: ROOT,
    // Only the file name, because Spark checks in a shell whether the program exists, and does not quote the path.
    PYSPARK_PYTHON: path.basename(installed.python),
    PYTHONUNBUFFERED: '1',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}

/** Returns the answer in a line; undefined for a line that is cut off, because the kernel was killed while it wrote it. */
function answerIn(line: string): Answer | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
