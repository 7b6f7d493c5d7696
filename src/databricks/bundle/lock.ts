/**
 * One deployer at a time: a file that only one can create, of the name and form that the Databricks CLI uses, so that the
 * two keep out of each other's way. Its holder writes it anew every few seconds; one that stays as it is has lost its holder.
 */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { isProcessAlive, waitUntil } from '../../wait.ts';
import type { Workspace } from '../client.ts';
import { list, makeFolder, read, remove, write, writeNew } from './folder.ts';

const NAME = 'deploy.lock';

export interface LockTimes {
  /** Interval at which the holder renews the lock, in milliseconds. */
  readonly renewMs: number;
  /** A lock that did not change for so long is nobody's. */
  readonly staleMs: number;
  /** How often a deployment that waits checks the lock. */
  readonly lookMs: number;
}

export const LOCK_TIMES: LockTimes = { renewMs: 5000, staleMs: 30_000, lookMs: 1000 };

/** For those whom others overtake at every turn; a turn takes `staleMs` and a few requests. */
const TURNS_TIMEOUT_MS = 10 * 60_000;

export interface Lock {
  /** Whether another has taken it over. */
  lost(): boolean;
  /** @throws AppError where another has */
  check(): void;
  release(): Promise<void>;
}

/** Returns whether a deployment holds the lock, or was killed holding it. */
export const isLocked = async (workspace: Workspace, folder: string): Promise<boolean> =>
  (await list(workspace, folder)).some(({ path }) => path.endsWith(`/${NAME}`));

/** What stands in the file; the first four as the CLI writes them. */
const contentSchema = z.object({
  ID: z.string(),
  AcquisitionTime: z.string(),
  IsForced: z.boolean(),
  User: z.string(),
  Process: z.string().optional(),
  Renewed: z.number().optional(),
});

type Content = Readonly<z.infer<typeof contentSchema>>;

/**
 * Takes the lock of `folder`, or waits until a dead one is stale; `says` is called with the reason for a wait.
 * @throws AppError where somebody else holds it and lives; WaitTimeout where others took it at every turn
 */
export async function takeLock(
  workspace: Workspace,
  folder: string,
  user: string,
  times: LockTimes,
  says: (line: string) => void,
): Promise<Lock> {
  const file = `${folder}/${NAME}`;
  const own: Content = {
    ID: randomUUID(),
    AcquisitionTime: new Date().toISOString(),
    IsForced: false,
    User: user,
    Process: `${process.pid}@${os.hostname()}`,
    Renewed: 0,
  };
  await makeFolder(workspace, folder);
  const takeTurn = async (): Promise<Lock | undefined> => {
    if (await writeNew(workspace, file, JSON.stringify(own))) return held(workspace, file, own, times);
    const found = await read(workspace, file);
    if (found === undefined) return undefined;
    const other = parsed(found);
    // Our own lock: the write succeeded, but its response was lost.
    if (other.ID === own.ID) return held(workspace, file, own, times);
    await untilStale(workspace, file, found, other, times, says);
    const broken = await breakLock(workspace, file, other, own, times.staleMs);
    return broken ? held(workspace, file, own, times) : undefined;
  };
  return waitUntil(takeTurn, {
    what: `the deployment lock ${file}`,
    timeoutMs: TURNS_TIMEOUT_MS,
    intervalMs: times.lookMs,
  });
}

/** Resolves when the lock is nobody's. @throws AppError where its holder goes on writing */
async function untilStale(
  workspace: Workspace,
  file: string,
  found: string,
  other: Content,
  { staleMs, lookMs }: LockTimes,
  says: (line: string) => void,
): Promise<void> {
  const who = `${other.User}, since ${other.AcquisitionTime}`;
  const [pid, host] = (other.Process ?? '').split('@');
  if (host === os.hostname() && !isProcessAlive(Number(pid))) {
    says(`an earlier deployment (${who}) was killed on this machine: its lock is broken`);
    return;
  }
  says(`another deployment holds the lock (${who}): waiting whether it is alive`);
  const until = Date.now() + staleMs;
  while (Date.now() < until) {
    await sleep(lookMs);
    const now = await read(workspace, file);
    if (now === undefined) return;
    if (now !== found)
      throw new AppError(
        'DEPLOY_LOCKED',
        `Another deployment is under way (${who}): try again when it has ended.`,
        { retriable: true },
      );
  }
  if (other.Process === undefined) {
    const held =
      other === UNREADABLE
        ? 'The deployment lock is not of the form that a deployment writes'
        : `The Databricks CLI holds the lock (${who})`;
    throw new AppError(
      'DEPLOY_LOCKED',
      `${held}: if no deployment is under way, delete ${file} in the workspace.`,
    );
  }
  says(`the other deployment gave no sign of life for ${staleMs / 1000} s: its lock is broken`);
}

/**
 * Replaces a dead lock by `own`. Of several deployments that try, the one that creates the file named after the
 * dead lock may, and only while the dead lock is still there.
 */
async function breakLock(
  workspace: Workspace,
  file: string,
  dead: Content,
  own: Content,
  patienceMs: number,
): Promise<boolean> {
  const isDead = async () => {
    const now = await read(workspace, file);
    return now !== undefined && parsed(now).ID === dead.ID;
  };
  const right = `${file}.broken-${dead.ID}`;
  if (!(await writeNew(workspace, right, own.ID)) && (await read(workspace, right)) !== own.ID) {
    // Another deployment may replace the lock. It may have died meanwhile, so the wait for it is bounded.
    await sleep(patienceMs);
    if (await isDead()) await remove(workspace, right);
    return false;
  }
  const still = await isDead();
  if (still) await write(workspace, file, JSON.stringify(own));
  await remove(workspace, right);
  return still;
}

function held(workspace: Workspace, file: string, own: Content, { renewMs }: LockTimes): Lock {
  let lost = false;
  let renewing: Promise<void> = Promise.resolve();
  let renewed = 0;
  const renew = async () => {
    const now = await read(workspace, file);
    if (now === undefined || parsed(now).ID !== own.ID) lost = true;
    else await write(workspace, file, JSON.stringify({ ...own, Renewed: ++renewed }));
  };
  // A renewal that failed is made up for by the next.
  const timer = setInterval(() => {
    renewing = renewing.then(renew).catch(() => {});
  }, renewMs);
  return {
    lost: () => lost,
    check() {
      if (lost)
        throw new AppError(
          'DEPLOY_LOCK_LOST',
          'Another deployment took over while this one stood still: run it again.',
        );
    },
    async release() {
      clearInterval(timer);
      await renewing;
      if (lost) return;
      // Left by those who were killed as they broke a lock.
      for (const { path } of await list(workspace, posix.dirname(file)))
        if (path.includes(`/${NAME}.broken-`)) await remove(workspace, path);
      await remove(workspace, file);
    },
  };
}

/** Of a file that is not of a lock's form: one that was cut off, or that another program wrote. */
const UNREADABLE: Content = {
  ID: '',
  AcquisitionTime: 'an unknown time',
  IsForced: false,
  User: 'an unknown user',
};

function parsed(text: string): Content {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch {
    return UNREADABLE;
  }
}
