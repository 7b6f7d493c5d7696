/**
 * The only reader of `process.env`. Every default stands here, next to the name of the variable that changes it.
 * Everything else gets what it needs as arguments.
 */
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from './errors.ts';

const list = (text: string) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** The pipeline's id where nobody says one; it also stands in the notebooks' widgets. */
export const DEFAULT_ID = 'demo';

const schema = z.object({
  /** Names topics, streams, bucket and mount. Unity Catalog and Kafka both take letters, digits, `-` and `_`. */
  PIPELINE_ID: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, 'lower-case letters, digits, - and _, at most 40 characters')
    .default(DEFAULT_ID),
  /** Kafka brokers, `host:port` separated by commas. */
  KAFKA_BROKERS: z.string().default('127.0.0.1:9092').transform(list),
  /** Where the install step keeps venv, jars and JRE; outside the checkout, shared by all checkouts. */
  PIPELINE_CACHE: z
    .string()
    .default(
      path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'pinterest-pipeline'),
    ),
  /** The Python that the install step makes its venv from; found on PATH where it is left out. */
  PIPELINE_PYTHON: z.string().optional(),
  /** A Java 17 or 21 home to use instead of the one on PATH or the one that is installed. */
  JAVA_HOME: z.string().optional(),
  /** Certificates of a network's own authority, as Node itself reads them; Java is told of them too. */
  NODE_EXTRA_CA_CERTS: z.string().optional(),
  /** The folders that programs are found in. */
  PATH: z.string().default(''),
});

export interface Settings {
  readonly id: string;
  readonly brokers: readonly string[];
  readonly cache: string;
  readonly python: string | undefined;
  readonly javaHome: string | undefined;
  readonly extraCertificates: string | undefined;
  readonly path: readonly string[];
}

export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new UsageError(
      `The environment variable ${issue?.path.join('.')} can't be used: expected ${issue?.message}, got "${env[String(issue?.path[0])]}".`,
    );
  }
  const value = parsed.data;
  return {
    id: value.PIPELINE_ID,
    brokers: value.KAFKA_BROKERS,
    cache: path.resolve(value.PIPELINE_CACHE),
    python: value.PIPELINE_PYTHON,
    javaHome: value.JAVA_HOME,
    extraCertificates: value.NODE_EXTRA_CA_CERTS,
    path: value.PATH.split(path.delimiter),
  };
}

/** Which of these flags npm took off the command line: it hands them on as `npm_config_*`. */
export function npmFlags(flags: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  return flags.filter((flag) => env[`npm_config_${flag.replaceAll('-', '_')}`] !== undefined);
}
