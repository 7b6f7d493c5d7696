/** Which posts: the source that `--from` and its companions name, and what tells it from another in a checkpoint. */
import { UsageError } from '../errors.ts';
import { emulatedPosts } from '../posts/emulated.ts';
import { filePosts, STDIN } from '../posts/file.ts';
import type { Posts } from '../posts/post.ts';
import type { RunIdentity } from '../producer/checkpoint.ts';
import { DRY_RUN_POSTS, type ProduceFlags } from './produce-flags.ts';

const EMULATED = 'emulated';

export interface Source {
  readonly posts: Posts;
  /** Without secrets. */
  readonly identity: RunIdentity;
  /** Whether the posts end by themselves. */
  readonly ends: boolean;
  /** What a person should know before it begins, a sentence each. */
  readonly notes: readonly string[];
}

/** @throws {AppError} where there is no such source, or a flag is not for it */
export function sourceFor(flags: ProduceFlags): Source {
  const count = flags.count ?? (flags.dryRun ? DRY_RUN_POSTS : undefined);
  const { from = EMULATED } = flags;
  if (from === EMULATED) return emulated(flags, count);
  return files(flags, from, count);
}

function emulated(flags: ProduceFlags, count: number | undefined): Source {
  refuse(flags, ['dataset', 'order'], 'emulated posts have none');
  const { seed = 1, first = 0, resend = 0 } = flags;
  const options = { seed, first, resend, ...(count === undefined ? {} : { count }) };
  return {
    posts: emulatedPosts(options),
    identity: { from: EMULATED, ...options },
    ends: count !== undefined,
    notes: [],
  };
}

function files(flags: ProduceFlags, from: string, count: number | undefined): Source {
  refuse(flags, ['seed', 'first', 'resend'], "it is for emulated posts; a file's lines are sent as they are");
  refuse(flags, ['order'], 'it is for mysql; a file has its own order');
  const posts = filePosts(from, { count, dataset: flags.dataset });
  const name = from === STDIN ? 'standard input' : from;
  return {
    posts,
    identity: { from: name, datasets: posts.datasets.join(' '), ...(count === undefined ? {} : { count }) },
    ends: true,
    notes: posts.missing.map((file) => `There is no ${file}: its records are left out.`),
  };
}

type SourceFlag = 'seed' | 'first' | 'resend' | 'dataset' | 'order';

function refuse(flags: ProduceFlags, names: readonly SourceFlag[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given) throw new UsageError(`--${given} can't be used with --from ${flags.from ?? EMULATED}: ${why}.`);
}
