import { setTimeout as sleep } from 'node:timers/promises';
import { isTaken, type WorkspaceError } from '../client.ts';

const ATTEMPTS = 5;
const PAUSE_MS = 1000;

export interface CreateOnceOptions<T> {
  /** Sends the request once; see `Workspace.once`. */
  readonly create: () => Promise<T>;
  /** Returns the object if it exists. */
  readonly find: () => Promise<T | undefined>;
  /** Whether an object that exists before the first request is used; otherwise it is an error. */
  readonly adopts?: boolean;
}

/**
 * Creates an object and returns it. A response may be lost after the object was created, so `find` searches for the object
 * before the next attempt.
 * @throws the last error of `create` if the object does not exist
 */
export async function createOnce<T>({ create, find, adopts = false }: CreateOnceOptions<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      const { retriable } = error as WorkspaceError;
      const canBeOurs = isTaken(error) && (adopts || attempt > 1);
      if (!retriable && !canBeOurs) throw error;
      await sleep(PAUSE_MS * (attempt - 1));
      const made = await find();
      if (made !== undefined) return made;
      if (!retriable || attempt === ATTEMPTS) throw error;
    }
  }
}
