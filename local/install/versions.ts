/** The installed versions: the requirements files, the jars with their checksums, and the folder name for a set of versions. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readText } from '../../src/files/read.ts';

const here = (file: string) => fileURLToPath(new URL(`../${file}`, import.meta.url));

export const requirements = {
  build: here('python/requirements-build.txt'),
  main: here('python/requirements.txt'),
  'spark-4.0': here('python/requirements-spark-4.0.txt'),
  'spark-4.1': here('python/requirements-spark-4.1.txt'),
  test: here('python/requirements-test.txt'),
  java: here('python/requirements-java.txt'),
  uv: here('python/requirements-uv.txt'),
  airflow: here('python/requirements-airflow.txt'),
} as const;

export const jarLists = {
  'spark-4.0': here('jars/spark-4.0.txt'),
  'spark-4.1': here('jars/spark-4.1.txt'),
  kafka: here('jars/kafka.txt'),
  velocity: here('jars/velocity.txt'),
} as const;

export const ivySettings = here('jars/ivysettings.xml');

export interface Jar {
  readonly organisation: string;
  readonly name: string;
  readonly revision: string;
  readonly sha256: string;
}

/** Returns the jars of one list. Its lines are `<sha256>  <organisation>:<name>:<revision>`; `#` starts a comment. */
export function readJars(list: string): Jar[] {
  const lines = readText(list)
    .split('\n')
    .filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const [sha256 = '', coordinates = ''] = line.split(/\s+/);
    const [organisation = '', name = '', revision = ''] = coordinates.split(':');
    return { organisation, name, revision, sha256 };
  });
}

export const jarFile = (jar: Jar): string => `${jar.name}-${jar.revision}.jar`;

/**
 * Returns a folder's name that contains a hash of the versions, such as `venv-1a2b3c4d5e6f`, so that several versions
 * can exist at once and a changed version gets a new folder. The hash includes platform and architecture, because
 * several machines may share a home folder.
 */
export function pinnedName(name: string, files: readonly string[], ...more: string[]): string {
  const hash = createHash('sha256').update([process.platform, process.arch, ...more].join('\0'));
  for (const file of files) hash.update(readText(file));
  return `${name}-${hash.digest('hex').slice(0, 12)}`;
}
