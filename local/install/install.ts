/** Installs the dependencies of the local cloud into a cache outside the checkout: `npm run local:install [-- --test]`. */
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
  /** The venv's Python. The venv has the pyspark version that `SPARK` selects and, if requested, the test tools. */
  readonly python: string;
  /** The JAVA_HOME to use: a Java 17 or 21 that accepts Spark's flags. */
  readonly java: string;
  readonly jars: {
    /** A folder with Delta's jars. */
    readonly spark: string;
    /** A folder with the broker's jars. */
    readonly kafka: string;
    /** A folder with the jars that pyspark includes: Spark, Ivy, Janino. */
    readonly pyspark: string;
  };
  /** A folder for class archives, which the JVMs create. */
  readonly archives: string;
}

export interface InstallOptions {
  /** Also installs pytest, ruff and the packages of a Spark Connect client. */
  readonly test?: boolean;
  /** The stream for progress output. */
  readonly out?: WriteStream;
  /** Aborts the installation; its complete parts are kept. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Installs the missing parts and returns the paths of all parts. An installation may be interrupted at any moment,
 * repeated, and run twice at the same time. If everything is installed, no process is started.
 * @throws InstallError if Python, network or disk space is missing, a checksum is wrong, or the cache can't be written
 */
export async function install(settings: Settings, options: InstallOptions = {}): Promise<Installed> {
  const { cache } = settings;
  if (cache.includes(path.delimiter))
    throw new InstallError(
      'CACHE_UNUSABLE',
      `The path of the cache folder ${cache} contains a "${path.delimiter}", which Java and Python read as a separator between folders: set PIPELINE_CACHE to another folder.`,
    );
  await mkdir(cache, { recursive: true }).catch((error: unknown) => {
    throw cacheNotWritable(cache, error);
  });
  const need = (part: Part) => installPart(cache, part, options);
  const venv = await need(venvPart(settings));
  const java = (await ownJava(settings)) ?? path.join(await need(javaPart(pythonOf(venv))), RUNTIME_HOME);
  const ivy = { venv, java, extraCertificates: settings.extraCertificates };
  const jars = {
    spark: await need(jarsPart(`spark-${settings.spark}`, ivy)),
    kafka: await need(jarsPart('kafka', ivy)),
    pyspark: await pysparkJars(venv),
  };
  const python = pythonOf(options.test ? await need(testVenvPart(venv)) : venv);
  return { python, java, jars, archives: path.join(cache, 'archives') };
}

/**
 * A lock that has not been renewed for this long belongs to a killed install. A running install renews its lock twice
 * in this time.
 */
const LOCK_STALE_MS = 10_000;
const LOCK_POLL_MS = 500;

/** Another install that takes longer than this is considered stuck. */
const LOCK_TIMEOUT_MS = 30 * 60_000;

/** Installs one part if it is missing and returns its folder. @throws InstallError as `install` does */
export async function installPart(cache: string, part: Part, options: InstallOptions = {}): Promise<string> {
  if (!isWhole(cache, part)) await underLock(cache, part, options);
  return path.join(cache, part.name);
}

/** Waits until no other install uses the cache, then makes the part if it is still missing. */
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
      // After this machine slept, two installs may run at once. They do no harm, because each has its own folder.
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
