/**
 * Allows one deployment at a time. The lock is a file that only one deployment can create. The lock has the name and
 * format of the Databricks CLI's lock, so that both tools respect it. The holder rewrites the lock every few seconds; if the lock
 * stays unchanged, the holder is dead.
 */
import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { posix } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { waitUntil } from '../../wait.ts';
import type { Workspace } from '../client.ts';
import { list, makeFolder, read, remove, write, writeNew } from './folder.ts';

const NAME = 'deploy.lock';

export interface LockTimes {
  /** Interval at which the holder renews the lock, in milliseconds. */
  readonly renewMs: number;
  /** Time in milliseconds after which an unchanged lock counts as dead. */
  readonly staleMs: number;
  /** Interval at which a waiting deployment checks the lock, in milliseconds. */
  readonly lookMs: number;
}

export const LOCK_TIMES: LockTimes = { renewMs: 5000, staleMs: 30_000, lookMs: 1000 };

/**
 * Time limit for taking the lock while other deployments repeatedly take it first. One attempt takes `staleMs` and a
 * few requests.
 */
const TURNS_TIMEOUT_MS = 10 * 60_000;

export interface Lock {
  /** Returns whether another deployment has taken over the lock. */
  lost(): boolean;
  /** @throws AppError if another deployment has taken over the lock */
  check(): void;
  release(): Promise<void>;
}

/** Returns whether the lock exists: a deployment holds it, or was killed while it held it. */
export const isLocked = async (workspace: Workspace, folder: string): Promise<boolean> =>
  (await list(workspace, folder)).some(({ path }) => path.endsWith(`/${NAME}`));

/** The content of the lock file. The first four fields are those of the CLI's lock. */
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
 * Takes the lock of `folder`. If another deployment holds it, waits until that deployment has renewed it (an error) or the lock
 * is stale (then it is taken). Calls `says` with the reason for a wait.
 * @throws AppError if a live deployment holds the lock; WaitTimeout if other deployments repeatedly took it first
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
    // Our own lock: an earlier write succeeded, but its response was lost.
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

/** Resolves when the lock is free or stale. @throws AppError if the holder renews it */
async function untilStale(
  workspace: Workspace,
  file: string,
  found: string,
  other: Content,
  { staleMs, lookMs }: LockTimes,
  says: (line: string) => void,
): Promise<void> {
  const who = `${other.User}, since ${other.AcquisitionTime}`;
  says(`another deployment holds the lock (${who}): checking whether it is alive`);
  const until = Date.now() + staleMs;
  while (Date.now() < until) {
    await sleep(lookMs);
    const now = await read(workspace, file);
    if (now === undefined) return;
    if (now !== found)
      throw new AppError(
        'DEPLOY_LOCKED',
        `Another deployment is in progress (${who}): try again when it has ended.`,
        { retriable: true },
      );
  }
  if (other.Process === undefined) {
    const held =
      other === UNREADABLE
        ? 'The deployment lock has unknown content'
        : `The Databricks CLI holds the lock (${who})`;
    throw new AppError(
      'DEPLOY_LOCKED',
      `${held}: if no deployment is in progress, delete ${file} in the workspace.`,
    );
  }
  says(`the other deployment has not renewed its lock for ${staleMs / 1000} s: removing the lock`);
}

/**
 * Replaces a dead lock with `own`. If several deployments try, only the deployment that creates a file named after the
 * dead lock may replace the lock, and only while the dead lock still exists.
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
    // Another deployment is replacing the lock, but it may have died, so the wait is bounded.
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
  // A failed renewal is ignored: the next renewal suffices.
  const timer = setInterval(() => {
    renewing = renewing.then(renew).catch(() => {});
  }, renewMs);
  return {
    lost: () => lost,
    check() {
      if (lost)
        throw new AppError(
          'DEPLOY_LOCK_LOST',
          'Another deployment took over the lock while this command was suspended: run the command again.',
        );
    },
    async release() {
      clearInterval(timer);
      await renewing;
      if (lost) return;
      try {
        // Deletes the files of deployments that were killed while they replaced a lock.
        for (const { path } of await list(workspace, posix.dirname(file)))
          if (path.includes(`/${NAME}.broken-`)) await remove(workspace, path);
        await remove(workspace, file);
      } catch (error) {
        // A lock that remains becomes stale, so this error must not replace the outcome of the deployment.
        if (!(error as AppError).retriable) throw error;
      }
    },
  };
}

/** The content of a file that is not in the format of a lock: truncated, or written by another program. */
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
