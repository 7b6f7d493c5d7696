/** Java source compiled by Janino, which pyspark carries: a Java runtime will do, no JDK is asked for. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Installed } from './install.ts';
import { runProgram } from './process.ts';

/** A command line for Janino, which comes as an example of its use. */
const COMPILER = 'org.codehaus.commons.compiler.samples.CompilerDemo';

/** Compiles one file into `folder`; Janino knows no lambdas and infers no type arguments. */
export async function compileJava(
  { java, jars }: Installed,
  source: string,
  classpath: string,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const janino = (await readdir(jars.pyspark)).filter((name) => /^(janino|commons-compiler)-/.test(name));
  const own = janino.map((name) => path.join(jars.pyspark, name)).join(path.delimiter);
  const made = path.join(folder, `${path.basename(source, '.java')}.class`);
  await rm(made, { force: true });
  const { output } = await runProgram(path.join(java, 'bin', 'java'), [
    ...['-XX:TieredStopAtLevel=1', '-cp', own, COMPILER],
    ...['-d', folder, '-classpath', classpath, source],
  ]);
  // It ends well even where the source is wrong.
  if (!existsSync(made)) throw new Error(`${source} does not compile: ${output}`);
}
