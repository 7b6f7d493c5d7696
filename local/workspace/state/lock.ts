/** One workspace at a time in a state folder. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';
import { AppError } from '../../../src/errors.ts';

/** A killed workspace's lock counts as nobody's after this long; a living one renews it each second. */
const STALE_MS = 5000;
const UPDATE_MS = 1000;
const RETRY_MS = 250;

export interface StateLock {
  /** Resolves when another workspace has taken the folder, after this machine slept. */
  readonly lost: Promise<AppError>;
  release(): Promise<void>;
}

/** Makes the folder and locks it. @throws AppError while another workspace is alive in it */
export async function lockState(folder: string): Promise<StateLock> {
  const owner = path.join(folder, 'workspace.pid');
  const options = { lockfilePath: path.join(folder, 'workspace.lock'), stale: STALE_MS, update: UPDATE_MS };
  let release: () => Promise<void> = async () => {};
  let lose: (error: AppError) => void = () => {};
  const lost = new Promise<AppError>((resolve) => {
    lose = resolve;
  });
  const take = async (): Promise<void> => {
    // A machine that slept renews too late: then nobody else has it, or somebody does.
    const onCompromised = () => void take().catch(() => lose(inUse(folder, 'which took it meanwhile')));
    release = await lock(folder, { ...options, onCompromised });
  };
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    await untilFree(take, owner, folder);
    fs.writeFileSync(owner, String(process.pid));
  } catch (error) {
    if (error instanceof AppError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new AppError(
      'STATE_NOT_WRITABLE',
      `The state folder ${folder} can't be written (${code}): choose another with --state, or mend its permissions.`,
    );
  }
  return { lost, release: () => release().catch(() => {}) };
}

async function untilFree(take: () => Promise<void>, owner: string, folder: string): Promise<void> {
  const deadline = Date.now() + 2 * STALE_MS;
  for (;;) {
    try {
      return await take();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      const pid = Number(fs.existsSync(owner) && fs.readFileSync(owner, 'utf8'));
      if (isAlive(pid) || Date.now() > deadline) throw inUse(folder, `process ${pid}`);
      await sleep(RETRY_MS);
    }
  }
}

const inUse = (folder: string, who: string): AppError =>
  new AppError(
    'STATE_IN_USE',
    `The state folder ${folder} is in use by another local workspace, ${who}: stop it, or choose another with --state.`,
  );

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
