/** Brings what the local cloud runs on into a cache outside the checkout: `npm run local:install [-- --test]`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { WriteStream } from 'node:tty';
import { lock } from 'proper-lockfile';
import type { Settings } from '../../src/settings.ts';
import { waitUntil } from '../../src/wait.ts';
import { InstallError } from './errors.ts';
import { jarsPart, pysparkJars } from './jars.ts';
import { javaPart, ownJava, RUNTIME_HOME } from './java.ts';
import { cacheNotWritable, isWhole, makePart, type Part } from './part.ts';
import { withProgress } from './progress.ts';
import { pythonOf, testVenvPart, venvPart } from './python.ts';

export interface Installed {
  /** The venv's python: has pyspark of the line that `SPARK` names, and the test tools where they were asked for. */
  readonly python: string;
  /** JAVA_HOME to use: a Java 17 or 21 that takes Spark's flags. */
  readonly java: string;
  readonly jars: {
    /** A folder with Delta's jars. */
    readonly spark: string;
    /** A folder with the broker's jars. */
    readonly kafka: string;
    /** A folder with what pyspark brings along: Spark, Ivy, Janino. */
    readonly pyspark: string;
  };
  /** A folder for class archives, made by the JVMs themselves. */
  readonly archives: string;
}

export interface InstallOptions {
  /** Adds pytest, ruff and what a Spark Connect client needs. */
  readonly test?: boolean;
  /** Where progress goes. */
  readonly out?: WriteStream;
  /** Ends the install, with nothing of it left but the parts that are whole. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs what is missing and says where everything is. Safe to interrupt at any moment, to repeat and to run twice at
 * once; when everything is there it starts no process.
 * @throws InstallError one sentence: no Python, no network, no room, a wrong checksum, a cache that can't be written
 */
export async function install(settings: Settings, options: InstallOptions = {}): Promise<Installed> {
  const { cache } = settings;
  if (cache.includes(path.delimiter))
    throw new InstallError(
      'CACHE_UNUSABLE',
      `The cache folder ${cache} has a ${path.delimiter} in its path, which Java and Python take for the end of a folder: name another one in PIPELINE_CACHE.`,
    );
  await mkdir(cache, { recursive: true }).catch((error: unknown) => {
    throw cacheNotWritable(cache, error);
  });
  const need = (part: Part) => installPart(cache, part, options);
  const venv = await need(await venvPart(settings));
  const java =
    (await ownJava(settings)) ?? path.join(await need(await javaPart(pythonOf(venv))), RUNTIME_HOME);
  const ivy = { venv, java, extraCertificates: settings.extraCertificates };
  const jars = {
    spark: await need(await jarsPart(`spark-${settings.spark}`, ivy)),
    kafka: await need(await jarsPart('kafka', ivy)),
    pyspark: await pysparkJars(venv),
  };
  const python = pythonOf(options.test ? await need(await testVenvPart(venv)) : venv);
  return { python, java, jars, archives: path.join(cache, 'archives') };
}

/** A killed install's lock is given up for dead after this long; a living one renews it at half of that. */
const LOCK_STALE_MS = 10_000;
const LOCK_POLL_MS = 500;

/** Another install that takes longer than this stands still. */
const LOCK_TIMEOUT_MS = 30 * 60_000;

/** Installs one part where it is missing and returns its folder. @throws InstallError as `install` does */
export async function installPart(cache: string, part: Part, options: InstallOptions = {}): Promise<string> {
  if (!isWhole(cache, part)) await underLock(cache, part, options);
  return path.join(cache, part.name);
}

/** One install at a time in a cache; an install that waited finds the part made. */
async function underLock(
  cache: string,
  part: Part,
  { out = process.stderr, signal }: InstallOptions,
): Promise<void> {
  const file = path.join(cache, 'install.lock');
  const take = () =>
    lock(cache, {
      lockfilePath: file,
      stale: LOCK_STALE_MS,
      // Two installs at once, after this machine slept, do no harm: each attempt has a folder of its own.
      onCompromised: () => {},
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ELOCKED') return undefined;
      throw cacheNotWritable(cache, error);
    });
  const release = await waitUntil(take, {
    what: `another install in ${cache} to end (${file})`,
    timeoutMs: LOCK_TIMEOUT_MS,
    intervalMs: LOCK_POLL_MS,
    onWait: (sentence) => out.write(`${sentence}\n`),
    signal,
  });
  try {
    if (!isWhole(cache, part))
      await withProgress(part.title, out, (step) => makePart(cache, part, { step, signal }));
  } finally {
    await release().catch(() => {});
  }
}
