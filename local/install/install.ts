/** Brings what the local cloud runs on into a cache outside the checkout: `npm run local:install [-- --test]`. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { WriteStream } from 'node:tty';
import { lock } from 'proper-lockfile';
import type { Settings } from '../../src/settings.ts';
import { jarsPart, pysparkJars } from './jars.ts';
import { javaPart, ownJava, RUNTIME_HOME } from './java.ts';
import { cacheNotWritable, isWhole, makePart, type Part } from './part.ts';
import { withProgress } from './progress.ts';
import { airflowPart, pythonOf, testVenvPart, venvPart } from './python.ts';

export interface Installed {
  /** The venv's python: has pyspark, and the test tools where they were asked for. */
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
}

export interface InstallOptions {
  /** Adds pytest, ruff and what a Spark Connect client needs. */
  readonly test?: boolean;
  /** Where progress goes. */
  readonly out?: WriteStream;
}

/**
 * Installs what is missing and says where everything is. Safe to interrupt at any moment, to repeat and to run twice at
 * once; when everything is there it starts no process.
 * @throws InstallError one sentence: no Python, no network, no room, a wrong checksum, a cache that can't be written
 */
export async function install(settings: Settings, options: InstallOptions = {}): Promise<Installed> {
  const { cache } = settings;
  const out = options.out ?? process.stderr;
  await mkdir(cache, { recursive: true }).catch((error: unknown) => {
    throw cacheNotWritable(cache, error);
  });
  const need = async (part: Part) => {
    if (!isWhole(cache, part)) await underLock(cache, out, part);
    return path.join(cache, part.name);
  };
  const venv = await need(await venvPart(settings.python));
  const java =
    (await ownJava(settings)) ?? path.join(await need(await javaPart(pythonOf(venv))), RUNTIME_HOME);
  const ivy = { venv, java, extraCertificates: settings.extraCertificates };
  const jars = {
    spark: await need(await jarsPart('spark', ivy)),
    kafka: await need(await jarsPart('kafka', ivy)),
    pyspark: await pysparkJars(venv),
  };
  const python = pythonOf(options.test ? await need(await testVenvPart(venv)) : venv);
  return { python, java, jars };
}

/** Brings Airflow for the test of its DAG, and says where its venv is. @throws InstallError as `install` does */
export async function installAirflow(settings: Settings, out: WriteStream = process.stderr): Promise<string> {
  const { cache } = settings;
  await install(settings, { out });
  const part = await airflowPart(path.join(cache, (await venvPart(settings.python)).name));
  if (!isWhole(cache, part)) await underLock(cache, out, part);
  return path.join(cache, part.name);
}

/** Brings Apache Velocity for the test of the mapping templates: a folder with its jar. @throws InstallError as `install` does */
export async function installVelocity(
  settings: Settings,
  out: WriteStream = process.stderr,
): Promise<string> {
  const { cache } = settings;
  const { java } = await install(settings, { out });
  const venv = path.join(cache, (await venvPart(settings.python)).name);
  const part = await jarsPart('velocity', { venv, java, extraCertificates: settings.extraCertificates });
  if (!isWhole(cache, part)) await underLock(cache, out, part);
  return path.join(cache, part.name);
}

/** A killed install's lock is given up for dead after this long; a living one renews it at half of that. */
const LOCK_STALE_MS = 10_000;
const LOCK_RETRY_MS = 500;

/** One install at a time in a cache; whoever waited finds the part made. */
async function underLock(cache: string, out: WriteStream, part: Part): Promise<void> {
  const release = await lock(cache, {
    lockfilePath: path.join(cache, 'install.lock'),
    stale: LOCK_STALE_MS,
    retries: { forever: true, minTimeout: LOCK_RETRY_MS, maxTimeout: LOCK_RETRY_MS },
  }).catch((error: unknown) => {
    throw cacheNotWritable(cache, error);
  });
  try {
    if (!isWhole(cache, part)) await withProgress(part.says, out, (step) => makePart(cache, part, step));
  } finally {
    await release();
  }
}
