/** A run's position in a file, from which a killed run is resumed. */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { jsonOf, readTextIfThere } from '../files/read.ts';
import { writeDurably } from '../files/write.ts';

export interface Checkpoint {
  /** The position of the last post before which all are settled; undefined at the very beginning. */
  readonly position: number | undefined;
  /** Of the posts up to `position`; undefined where their source has none, or the checkpoint is of an earlier version. */
  readonly fingerprint?: number | undefined;
  save(position: number, fingerprint?: number): Promise<void>;
}

/** Identifies a run: everything that decides which posts are sent where, in which order. Never a secret. */
export type RunIdentity = Readonly<Record<string, string | number>>;

const schema = z.object({
  run: z.record(z.string(), z.union([z.string(), z.number()])),
  position: z.number().int().min(0).nullable(),
  fingerprint: z.number().optional(),
});

/**
 * Opens a run's checkpoint. `resume` continues an existing one, and starts one where there is none: a run may be
 * killed before it wrote any.
 * @throws {UsageError} where a checkpoint is there that must not be overwritten, or is another run's
 */
export async function openCheckpoint(file: string, run: RunIdentity, resume: boolean): Promise<Checkpoint> {
  const there = read(file);
  if (there && !resume)
    throw new UsageError(
      `${file} is there already, of a run that came to post ${there.position ?? 0}: go on with --resume, or remove it.`,
    );
  const other = there && difference(there.run, run);
  if (other)
    throw new UsageError(`${file} is another run's checkpoint (${other}): give the same words again.`);
  const save = (position: number | null, fingerprint?: number) =>
    writeDurably(file, `${JSON.stringify({ run, position, fingerprint })}\n`, UNWRITABLE);
  // Whether it can be written shows now, not after the first posts.
  if (!there) await save(null);
  return { position: there?.position ?? undefined, fingerprint: there?.fingerprint, save };
}

const USE = { is: 'The checkpoint', remedy: 'name another file with --checkpoint' };
const UNREADABLE = { ...USE, code: 'CHECKPOINT_BROKEN' };
const UNWRITABLE = { ...USE, code: 'CHECKPOINT_UNUSABLE' };

function read(file: string): z.infer<typeof schema> | undefined {
  const text = readTextIfThere(file, UNREADABLE);
  return text === undefined ? undefined : jsonOf(text, schema, file, UNREADABLE);
}

/** Returns every difference, as in "count was 100 and is 200"; empty where there is none. */
function difference(was: RunIdentity, is: RunIdentity): string {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} was ${was[name] ?? 'left out'} and is ${is[name] ?? 'left out'}`)
    .join(', ');
}
