/** Class archives: one for each Java runtime and set of jars. Incomplete archives are not kept. */
import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { classArchive } from '../../local/install/class-archive.ts';
import { Kernel } from '../../local/spark/kernel.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'archives-'));
  mkdirSync(path.join(root, 'jars'));
  writeFileSync(path.join(root, 'jars', 'a.jar'), 'a');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const folder = () => path.join(root, 'archives');
const archive = (jvmFlags: readonly string[] = []) =>
  classArchive({ folder: folder(), name: 'spark', java: root, jars: [path.join(root, 'jars')], jvmFlags });

/** The flag of a JVM that creates the archive. */
const CREATED = /^-XX:ArchiveClassesAtExit=/;

/** Writes the archive, as a JVM with these flags does when it exits normally. */
const dump = (flags: readonly string[]) => writeFileSync(flags[0]?.split('=')[1] as string, 'classes');

test('the first JVM writes the archive, the next one reads it', () => {
  const first = archive();
  expect(first.flags[0]).toMatch(CREATED);
  dump(first.flags);
  first.keep();
  const [kept] = readdirSync(folder());
  expect(archive().flags[0]).toBe(`-XX:SharedArchiveFile=${path.join(folder(), kept as string)}`);
});

test('Spark is not started if the jars for its archive are missing', async () => {
  const missing = path.join(root, 'missing');
  const installed = {
    python: process.execPath,
    java: root,
    jars: { spark: missing, kafka: missing, pyspark: missing },
    archives: folder(),
  };
  const state = path.join(root, 'state');
  await expect(Kernel.start({ installed, state, bucketRoot: root })).rejects.toThrow('ENOENT');
  expect(existsSync(state)).toBe(false);
});

test('the archive of a killed JVM is never read', () => {
  dump(archive().flags);
  expect(archive().flags[0]).toMatch(CREATED);
});

test('of two JVMs that end at the same time, one creates the archive', () => {
  const [one, other] = [archive(), archive()];
  dump(one.flags);
  dump(other.flags);
  // The other JVM's process keeps its archive while the first process reads the folder.
  const { readdirSync: read } = fs;
  const reading = vi.spyOn(fs, 'readdirSync').mockImplementationOnce(((place: string) => {
    other.keep();
    return read(place);
  }) as typeof read);
  syncBuiltinESMExports();
  try {
    one.keep();
  } finally {
    reading.mockRestore();
    syncBuiltinESMExports();
  }
  expect(archive().flags[0]).not.toMatch(CREATED);
  expect(readdirSync(folder())).toHaveLength(1);
});

test('the archive of another JVM whose name begins with the same word is kept', () => {
  const other = `spark-connect-${'0'.repeat(12)}.jsa`;
  const { flags, keep } = archive();
  dump(flags);
  writeFileSync(path.join(folder(), other), 'classes');
  keep();
  expect(readdirSync(folder())).toContain(other);
});

test('no archive is made if the path of the jars has characters that the JVM misreads', () => {
  const jars = path.join(root, 'jars 😀');
  mkdirSync(jars);
  const { flags } = classArchive({ folder: folder(), name: 'spark', java: root, jars: [jars], jvmFlags: [] });
  expect(flags).toEqual([]);
});

test('if the folder can not be created, the JVM starts without an archive', () => {
  writeFileSync(folder(), 'a file');
  expect(archive().flags).toEqual([]);
});

test('a changed jar, modification time or flag causes a new archive and removes the old one', () => {
  const made = [archive()];
  dump(made[0]?.flags ?? []);
  made[0]?.keep();
  utimesSync(path.join(root, 'jars', 'a.jar'), 1, 1);
  made.push(archive());
  expect(made[1]?.flags[0]).toMatch(CREATED);
  dump(made[1]?.flags ?? []);
  made[1]?.keep();
  expect(readdirSync(folder())).toHaveLength(1);
  expect(archive().flags[0]).not.toMatch(CREATED);
  expect(archive(['-XX:+UseParallelGC']).flags[0]).toMatch(CREATED);
  writeFileSync(path.join(root, 'jars', 'b.jar'), 'b');
  expect(archive().flags[0]).toMatch(CREATED);
});
