/** Jars from Maven's central repository, fetched by the Ivy that pyspark includes and checked against their pinned checksums. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { InstallError } from './errors.ts';
import type { Part } from './part.ts';
import { must, pythonOf } from './python.ts';
import { trust } from './truststore.ts';
import { ivySettings, type Jar, jarFile, jarLists, pinnedName, readJars } from './versions.ts';

/** Each jar is stored twice while it is installed: in Ivy's cache and in its final folder. */
const JARS_BYTES = 0.2e9;

/**
 * Hadoop's default settings for YARN and MapReduce, which this machine doesn't run. Their 700 settings are two thirds of
 * Hadoop's configuration. Spark sends the configuration to the tasks of each scan, and Hadoop compresses the source of each
 * setting separately. That was a tenth of the time of a statement on a small table. A jar with empty files of these names,
 * before Hadoop's own jar in the class path, leaves them out.
 */
const NO_SETTINGS = {
  jar: 'no-yarn.jar',
  files: ['yarn-default.xml', 'mapred-default.xml'],
  text: '<configuration/>\n',
};

/** The environment that Ivy runs in. */
export interface Ivy {
  readonly venv: string;
  readonly java: string;
  readonly extraCertificates: string | undefined;
}

export function jarsPart(which: keyof typeof jarLists, ivy: Ivy): Part {
  const ofSpark = which.startsWith('spark');
  const title = { 'spark-4.0': 'Delta', 'spark-4.1': 'Delta', kafka: 'Kafka', velocity: 'Velocity' }[which];
  return {
    name: pinnedName(`jars-${which}`, [jarLists[which]], ...(ofSpark ? [JSON.stringify(NO_SETTINGS)] : [])),
    title,
    proof: '.',
    bytes: JARS_BYTES,
    async make(folder, { step, signal }) {
      const jars = readJars(jarLists[which]);
      const scratch = path.join(folder, 'ivy');
      await mkdir(scratch);
      const wanted = path.join(scratch, 'ivy.xml');
      await writeFile(wanted, ivyModule(jars));
      const certificates = ivy.extraCertificates
        ? await trust(ivy.extraCertificates, path.join(scratch, 'trust.jks'))
        : [];
      let fetched = 0;
      await must(
        `Fetching ${title}'s jars`,
        folder,
        path.join(ivy.java, 'bin', 'java'),
        ['-XX:TieredStopAtLevel=1', ...certificates, '-jar', await ivyJar(ivy.venv)].concat(
          ['-settings', ivySettings, '-cache', path.join('ivy', 'cache'), '-ivy', wanted],
          // A pattern relative to `folder`: Ivy would read brackets in the folder's full path as variables.
          ['-retrieve', '[artifact]-[revision].[ext]'],
        ),
        {
          signal,
          cwd: folder,
          onLine: (line) => /\[SUCCESSFUL \]/.test(line) && step(++fetched / jars.length, 'downloading'),
        },
      );
      if (ofSpark) await addEmptySettings(folder, scratch, ivy.venv, signal);
      await rm(scratch, { recursive: true });
      for (const jar of jars) await verifyJar(folder, jar);
    },
  };
}

/** Writes the jar of empty settings to `folder`; `scratch` is a folder for its files. */
async function addEmptySettings(
  folder: string,
  scratch: string,
  venv: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { jar, files, text } = NO_SETTINGS;
  for (const file of files) await writeFile(path.join(scratch, file), text);
  const args = ['-I', '-m', 'zipfile', '-c', path.join(folder, jar), ...files];
  await must(`Writing ${jar}`, folder, pythonOf(venv), args, { cwd: scratch, signal });
}

/** Returns the folder of the jars that pyspark includes. */
export async function pysparkJars(venv: string): Promise<string> {
  const [python = ''] = await readdir(path.join(venv, 'lib'));
  return path.join(venv, 'lib', python, 'site-packages', 'pyspark', 'jars');
}

async function ivyJar(venv: string): Promise<string> {
  const folder = await pysparkJars(venv);
  const ivy = (await readdir(folder)).find((name) => /^ivy-[\d.]+\.jar$/.test(name));
  if (ivy === undefined) throw new Error(`No Ivy among pyspark's jars in ${folder}`);
  return path.join(folder, ivy);
}

/**
 * Returns an Ivy module that lists every jar, so that Ivy has nothing to resolve. This takes seconds; reading the
 * descriptors of Kafka's modules took a minute.
 */
function ivyModule(jars: readonly Jar[]): string {
  const rows = jars.map(
    (jar) =>
      `<dependency org="${jar.organisation}" name="${jar.name}" rev="${jar.revision}" transitive="false"/>`,
  );
  return `<ivy-module version="2.0"><info organisation="local" module="jars"/><dependencies>\n${rows.join('\n')}\n</dependencies></ivy-module>\n`;
}

/** @throws InstallError if the checksum of the jar in `folder` is not the pinned checksum */
export async function verifyJar(folder: string, jar: Jar): Promise<void> {
  const bytes = await readFile(path.join(folder, jarFile(jar)));
  const met = createHash('sha256').update(bytes).digest('hex');
  if (met !== jar.sha256)
    throw new InstallError(
      'WRONG_CHECKSUM',
      `${jarFile(jar)} is not the pinned file (expected sha256 ${jar.sha256}, found ${met}) and was deleted; try again, or ask the operator of your Maven mirror.`,
    );
}
