/** Opens the source that `--from` and the related flags select. The source has an identity for checkpoints. */
import { isAddress } from '../../src/address.ts';
import { UsageError } from '../../src/errors.ts';
import {
  type EmulatedOptions,
  emulatedPosts,
  emulatedRecords,
  isEmulated,
} from '../../src/posts/emulated.ts';
import { filePosts, STDIN } from '../../src/posts/file.ts';
import { missingNote } from '../../src/posts/missing.ts';
import type { Posts } from '../../src/posts/post.ts';
import type { RunIdentity } from '../../src/producer/checkpoint.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import type { Settings } from '../../src/settings.ts';
import { DRY_RUN_POSTS, EMULATED_DEFAULTS, type ProduceFlags } from './flags.ts';

const EMULATED = 'emulated';
const isMysql = (from: string): boolean => from.startsWith('mysql://');

export interface Source {
  readonly posts: Posts;
  /** Identifies the run in a checkpoint; contains no secrets. */
  readonly identity: RunIdentity;
  /** Whether the number of posts is finite. */
  readonly ends: boolean;
  /** Sentences to print before the run begins. */
  readonly notes: readonly string[];
}

/** @throws {AppError} if the source does not exist, or does not accept one of the flags */
export async function sourceFor(flags: ProduceFlags, settings: Settings): Promise<Source> {
  const count = flags.count ?? (flags.dryRun ? DRY_RUN_POSTS : undefined);
  const { from = EMULATED } = flags;
  if (from === EMULATED) return emulated(flags, count);
  if (isMysql(from)) return database(flags, from, settings, count);
  if (isAddress(from))
    throw new UsageError('The only kind of address that --from accepts is mysql://…. See --help.');
  return files(flags, from, count);
}

function emulated(flags: ProduceFlags, count: number | undefined): Source {
  refuse(flags, ['order'], 'emulated posts have a fixed order');
  const {
    seed = EMULATED_DEFAULTS.seed,
    first = EMULATED_DEFAULTS.first,
    resend = EMULATED_DEFAULTS.resend,
    dataset,
  } = flags;
  const options = { seed, first, resend, ...(count === undefined ? {} : { count }) };
  return {
    posts: postsOf(dataset, options),
    identity: { from: EMULATED, ...(dataset !== undefined && { datasets: dataset }), ...options },
    ends: count !== undefined,
    notes: [],
  };
}

/** Returns emulated posts, or only the records of one dataset. @throws UsageError if there is no such dataset */
function postsOf(name: string | undefined, options: EmulatedOptions): Posts {
  if (name === undefined) return emulatedPosts(options);
  const found = datasets.find((dataset) => dataset.name === name);
  if (found) return isEmulated(name) ? emulatedPosts(options, name) : emulatedRecords(found, options);
  throw new UsageError(
    `There is no dataset ${name} beside ${datasets.map(({ name }) => name).join(', ')}: "npm run generate dataset ${name} -- --from <sample>" creates one.`,
  );
}

function files(flags: ProduceFlags, from: string, count: number | undefined): Source {
  refuse(flags, ['seed', 'first', 'resend'], "it is for emulated posts; a file's lines are sent unchanged");
  refuse(flags, ['order'], 'it is for mysql; a file has its own order');
  const posts = filePosts(from, { count, dataset: flags.dataset });
  const name = from === STDIN ? 'standard input' : from;
  return {
    posts,
    identity: { from: name, datasets: posts.datasets.join(' '), ...(count === undefined ? {} : { count }) },
    ends: true,
    notes: posts.missing.map(missingNote),
  };
}

/** Opens a database. Only this function loads the MySQL client. */
async function database(
  flags: ProduceFlags,
  address: string,
  { mysqlPassword, aws }: Settings,
  count: number | undefined,
): Promise<Source> {
  refuse(flags, ['first', 'resend', 'dataset'], "it is not for a database's posts");
  const { order = 'index', seed } = flags;
  if (seed !== undefined && order === 'index')
    throw new UsageError('--seed has no effect on --from mysql with --order index: use --order random.');
  const [{ parseMysqlAddress }, { mysqlPosts }] = await Promise.all([
    import('../../src/posts/mysql-address.ts'),
    import('../../src/posts/mysql.ts'),
  ]);
  const parsed = parseMysqlAddress(address, mysqlPassword, aws.region);
  const draw = order === 'random' ? { seed: seed ?? EMULATED_DEFAULTS.seed } : {};
  return {
    posts: mysqlPosts({ address: parsed, order, ...draw, count }),
    identity: { from: parsed.name, order, ...draw, ...(count === undefined ? {} : { count }) },
    ends: order === 'index' || count !== undefined,
    notes: [],
  };
}

type SourceFlag = 'seed' | 'first' | 'resend' | 'dataset' | 'order';

function refuse(flags: ProduceFlags, names: readonly SourceFlag[], why: string): void {
  const given = names.find((name) => flags[name] !== undefined);
  const { from = EMULATED } = flags;
  if (given)
    throw new UsageError(`--${given} can't be used with --from ${isMysql(from) ? 'mysql' : from}: ${why}.`);
}
