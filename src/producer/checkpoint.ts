/** Stores a run's position in a file, so that a killed run can be resumed. */
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { jsonOf, readTextIfThere } from '../files/read.ts';
import { writeDurably } from '../files/write.ts';

export interface Checkpoint {
  /** The position up to which all posts are settled; undefined at the beginning. */
  readonly position: number | undefined;
  /** The fingerprint of the posts up to `position`; undefined if the source has none, or an earlier version wrote the checkpoint. */
  readonly fingerprint?: number | undefined;
  save(position: number, fingerprint?: number): Promise<void>;
}

/** Identifies a run: everything that determines the posts, their order and their destinations. Contains no secrets. */
export type RunIdentity = Readonly<Record<string, string | number>>;

const schema = z.object({
  run: z.record(z.string(), z.union([z.string(), z.number()])),
  // A post of a database may have a negative number.
  position: z.number().int().nullable(),
  fingerprint: z.number().optional(),
});

/**
 * Opens a run's checkpoint. With `resume`, an existing checkpoint is continued. If there is none, it is created,
 * because the earlier run may have been killed before it wrote a checkpoint.
 * @throws {UsageError} if a checkpoint exists without `resume`, or belongs to another run
 */
export async function openCheckpoint(file: string, run: RunIdentity, resume: boolean): Promise<Checkpoint> {
  const there = read(file);
  if (there && !resume)
    throw new UsageError(
      `${file} already exists, from a run that reached post ${there.position ?? 0}: continue that run with --resume, or remove the file.`,
    );
  const other = there && difference(there.run, run);
  if (other)
    throw new UsageError(
      `${file} is the checkpoint of another run (${other}): use the same arguments as that run.`,
    );
  const save = (position: number | null, fingerprint?: number) =>
    writeDurably(file, `${JSON.stringify({ run, position, fingerprint })}\n`, UNWRITABLE);
  // If the file can't be written, the run fails here, before it sends a post.
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

/** Returns the differences, such as "count was 100 and is 200"; empty if there are none. */
function difference(was: RunIdentity, is: RunIdentity): string {
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names
    .filter((name) => was[name] !== is[name])
    .map((name) => `${name} was ${was[name] ?? 'omitted'} and is ${is[name] ?? 'omitted'}`)
    .join(', ');
}
