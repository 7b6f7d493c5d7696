/** How far a run came, in a file: what a run that was killed goes on from. */
import { open, readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, UsageError } from '../errors.ts';

export interface Checkpoint {
  /** Where to go on: the position of the last post before which all are settled; undefined at the very beginning. */
  readonly position: number | undefined;
  save(position: number): Promise<void>;
}

/** What a checkpoint is of: whatever decides which posts are sent where, and in which order. Never a secret. */
export type RunIdentity = Readonly<Record<string, string | number>>;

const schema = z.object({
  run: z.record(z.string(), z.union([z.string(), z.number()])),
  position: z.number().nullable(),
});

/**
 * Opens a run's checkpoint. `resume` goes on from one that is there, and starts one where there is none: a run may be
 * killed before it wrote any.
 * @throws {UsageError} where a checkpoint is there that must not be overwritten, or is another run's
 */
export async function openCheckpoint(file: string, run: RunIdentity, resume: boolean): Promise<Checkpoint> {
  const there = await read(file);
  if (there && !resume)
    throw new UsageError(
      `${file} is there already, of a run that came to post ${there.position ?? 0}: go on with --resume, or remove it.`,
    );
  const other = there && difference(there.run, run);
  if (other)
    throw new UsageError(`${file} is another run's checkpoint (${other}): give the same words again.`);
  const save = (position: number | null) => write(file, `${JSON.stringify({ run, position })}\n`);
  // Whether it can be written shows now, not after the first posts.
  if (!there) await save(null);
  return { position: there?.position ?? undefined, save };
}

async function read(file: string): Promise<z.infer<typeof schema> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cannot('read', file, error);
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('CHECKPOINT_BROKEN', `${file} is no checkpoint of this command: name another file.`, {
      cause: error,
    });
  }
}

/** A kill leaves the old file or the new one, and so does a machine that loses power. */
async function write(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    throw cannot('write', file, error);
  }
}

function cannot(what: string, file: string, error: unknown): AppError {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  return new AppError('CHECKPOINT_UNUSABLE', `Can't ${what} the checkpoint ${file} (${code}).`, {
    cause: error,
  });
}

/** "count was 100 and is 200", for all that differs; empty where nothing does. */
function difference(was: RunIdentity, is: RunIdentity): string {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} was ${was[name] ?? 'left out'} and is ${is[name] ?? 'left out'}`)
    .join(', ');
}
