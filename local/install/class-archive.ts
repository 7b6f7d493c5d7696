/**
 * Class archives (the JDK's AppCDS): a JVM that exits normally writes the classes that it loaded to an archive, and the next
 * JVM maps them into memory instead of reading, parsing and verifying them. For Spark, with 12,000 classes, this halves the start time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';

export interface ClassArchive {
  /** JVM flags that use the archive, or create it at exit. The exit then takes some seconds longer. */
  readonly flags: readonly string[];
  /** Keeps the archive that the JVM created. Call it only after the JVM has exited normally. */
  keep(): void;
}

export interface ClassArchiveOptions {
  /** The folder of all archives; other processes may use it at the same time. */
  readonly folder: string;
  readonly name: string;
  /** JAVA_HOME. */
  readonly java: string;
  /** Folders whose jars make up the class path, in this order. */
  readonly jars: readonly string[];
  /** The JVM's other flags. They matter, because an archive fits only the garbage collector with which it was made. */
  readonly jvmFlags: readonly string[];
}

/**
 * Returns the archive of a JVM with these jars. The archive's name contains a hash of everything that must be the same
 * when the archive is used, including Java's build and each jar's size and modification time. The JVM itself checks
 * this, too, and ignores an archive that does not match.
 */
export function classArchive({ folder, name, java, jars, jvmFlags }: ClassArchiveOptions): ClassArchive {
  if (!jars.every((place) => ASCII.test(place))) return { flags: [], keep() {} };
  const hash = createHash('sha256');
  for (const file of [path.join(java, 'release'), path.join(java, 'lib', 'modules'), ...jars.flatMap(jarsIn)])
    hash.update(`${file}\0${existsSync(file) ? seen(file) : 'none'}\0`);
  hash.update(jvmFlags.join('\0'));
  const archive = path.join(folder, `${name}-${hash.digest('hex').slice(0, 12)}.jsa`);
  if (existsSync(archive)) return { flags: [`-XX:SharedArchiveFile=${archive}`, ...QUIET], keep() {} };
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    // The cache belongs to another user, or the disk is full. The JVM then starts without an archive.
    return { flags: [], keep() {} };
  }
  const made = `${archive}.${randomUUID()}`;
  return {
    flags: [`-XX:ArchiveClassesAtExit=${made}`, ...QUIET],
    keep() {
      try {
        renameSync(made, archive);
      } catch {
        // The JVM has not written it, or another JVM that has just ended has removed it.
        return;
      }
      // The old archive, and what killed JVMs have left. The archive spark-connect-… belongs to another JVM than spark-….
      const ours = new RegExp(`^${name}-[0-9a-f]{12}\\.jsa`);
      for (const old of readdirSync(folder))
        if (ours.test(old) && old !== path.basename(archive)) rmSync(path.join(folder, old), { force: true });
    },
  };
}

/**
 * The characters that a jar's path may contain. In an archive, the JVM misreads all other characters of such a path,
 * and a class that looks for its own jar then fails.
 */
const ASCII = /^[\x20-\x7e]*$/;

/** Suppresses the warnings about the hundreds of classes that can't be archived. */
const QUIET = ['-Xshare:auto', '-Xlog:cds=off', '-Xlog:cds+dynamic=off', '-Xlog:class+path=off'];

const jarsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.jar'))
    .sort()
    .map((file) => path.join(folder, file));

function seen(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${size} ${mtimeMs}`;
}
