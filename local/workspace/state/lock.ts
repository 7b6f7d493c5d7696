/** The lock of a state folder, which only one workspace at a time can use. */
import fs from 'node:fs';
import path from 'node:path';
import { lock } from 'proper-lockfile';
import { AppError } from '../../../src/errors.ts';
import { fileError } from '../../../src/files/errors.ts';
import { isProcessAlive, waitUntil } from '../../../src/wait.ts';

/**
 * A lock that was not renewed for this long belongs to a killed workspace. A running workspace renews its lock every
 * second.
 */
const STALE_MS = 5000;
const UPDATE_MS = 1000;
const RETRY_MS = 250;

export interface StateLock {
  /** Resolves if another workspace has taken the folder, which may happen when this machine wakes from sleep. */
  readonly lost: Promise<AppError>;
  release(): Promise<void>;
}

/**
 * Creates the folder and locks it.
 * @throws AppError if another running workspace uses the folder; the signal's reason if the signal aborts
 */
export async function lockState(folder: string, signal?: AbortSignal): Promise<StateLock> {
  const owner = path.join(folder, 'workspace.pid');
  const options = { lockfilePath: path.join(folder, 'workspace.lock'), stale: STALE_MS, update: UPDATE_MS };
  let release: () => Promise<void> = async () => {};
  let lose: (error: AppError) => void = () => {};
  const lost = new Promise<AppError>((resolve) => {
    lose = resolve;
  });
  const take = async (): Promise<void> => {
    // Called if the lock was renewed too late, as after this machine slept. Another workspace may have taken the lock.
    const onCompromised = () =>
      void take().catch(() => lose(inUse(folder, 'which took the folder in the meantime')));
    release = await lock(folder, { ...options, onCompromised });
  };
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    await untilFree(take, owner, folder, signal);
    fs.writeFileSync(owner, String(process.pid));
  } catch (error) {
    await release().catch(() => {});
    if (error instanceof AppError || signal?.aborted) throw error;
    throw fileError(folder, error, { is: 'The state folder', code: 'STATE_NOT_WRITABLE' });
  }
  return { lost, release: () => release().catch(() => {}) };
}

/** Takes the lock. If a killed workspace holds it, waits until it is stale. @throws AppError if the folder is in use */
async function untilFree(
  take: () => Promise<void>,
  owner: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const taken = async () => {
    try {
      await take();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      const pid = Number(fs.existsSync(owner) && fs.readFileSync(owner, 'utf8'));
      if (isProcessAlive(pid)) throw inUse(folder, `process ${pid}`);
      return false;
    }
  };
  const what = `the lock of a killed workspace in ${folder} to be stale`;
  await waitUntil(taken, { what, timeoutMs: 2 * STALE_MS, intervalMs: RETRY_MS, signal });
}

const inUse = (folder: string, who: string): AppError =>
  new AppError(
    'STATE_IN_USE',
    `The state folder ${folder} is in use by another local workspace, ${who}: stop that workspace, or choose another folder.`,
  );
