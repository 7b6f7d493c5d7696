/** Starts a workspace: locks its state, starts Spark, serves the API and SQL, and writes its credentials file. */
import path from 'node:path';
import type { LocalWorkspace } from '../../src/databricks/connection.ts';
import type { AppError } from '../../src/errors.ts';
import { type Closing, closeAll } from '../closing.ts';
import { freePort, PortTakenError } from '../kafka/ports.ts';
import { Kernel, type KernelOptions } from '../spark/kernel.ts';
import { startSqlFront } from './sql/server.ts';
import { lockState, type StateLock } from './state/lock.ts';
import { ownToken, removeCredentials, writeCredentials } from './token.ts';
import { bucketsFolder, type ServeOptions, serveWorkspace, sparkFolder } from './workspace.ts';

export interface WorkspaceOptions
  extends Pick<KernelOptions, 'installed' | 'small' | 'environment' | 'signal'>,
    Pick<ServeOptions, 'port' | 'log'> {
  /** The folder of everything that outlives the workspace, except its token. */
  readonly state: string;
  /** The lock of `state`, which the caller releases; by default, the workspace locks `state` itself. */
  readonly lock?: StateLock;
  /**
   * The file with the workspace's address and token (`settings.databricks.local`). A separate file next to it contains
   * only the token.
   */
  readonly credentials: string;
}

export interface Workspace {
  readonly host: string;
  readonly token: string;
  readonly sql: NonNullable<LocalWorkspace['sql']>;
  readonly kernel: Kernel;
  /** Resolves when the workspace can't continue: Spark has ended, or another workspace has taken its state. */
  readonly broken: Promise<AppError>;
  stop(): Promise<void>;
}

/**
 * Resolves when clients can use the workspace.
 * @throws AppError if the state is in use or broken, the port is taken, or Spark does not start
 * @throws the signal's reason if the signal aborts
 */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { lock: held, credentials, port, log, ...spark } = options;
  const { signal } = spark;
  const state = path.resolve(spark.state);
  const closing: Closing = [];
  const stop = () => closeAll(closing);
  try {
    // Checked first, so that a taken port is reported before Spark starts, which takes seconds.
    if ((await freePort(port)) === undefined) throw new PortTakenError('The local workspace', port);
    const lock = held ?? (await lockState(state, signal));
    if (!held) closing.push(lock.release);
    const token = ownToken(credentials);
    const kernel = await Kernel.start({
      ...spark,
      state: sparkFolder(state),
      bucketRoot: bucketsFolder(state),
      sql: true,
    });
    closing.push(() => kernel.stop());
    const { place: sql, stop: stopSql } = await startSqlFront(kernel.thrift, token);
    closing.push(stopSql);
    const serving = await serveWorkspace({ state, engine: kernel, token, port, sql, log });
    closing.push(() => serving.stop());
    const { host } = serving;
    signal?.throwIfAborted();
    writeCredentials(credentials, { host, token, pid: process.pid, sql });
    closing.push(() => removeCredentials(credentials, host));
    return { host, token, sql, kernel, broken: Promise.race([kernel.ended(), lock.lost]), stop };
  } catch (error) {
    await stop().catch(() => {});
    throw error;
  }
}
