/** The venv: finds a Python and installs the packages, which are pinned by hash. */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../../src/settings.ts';
import { explainFailure, InstallError } from './errors.ts';
import type { Part, PartWork } from './part.ts';
import { runProgram } from './process.ts';
import { pinnedName, requirements } from './versions.ts';

/** The versions of Python 3 that pyspark 4.0 and 4.1 both support. */
const OLDEST = 10;
const NEWEST = 13;
const CANDIDATES = ['python3.12', 'python3.11', 'python3.13', 'python3.10', 'python3', 'python'];

/** Measured with pyspark 4.0.5: its unpacked source, the wheel built from it and the installed package. */
const VENV_BYTES = 2.2e9;
const TEST_VENV_BYTES = 0.6e9;

export const pythonOf = (venv: string): string => path.join(venv, 'bin', 'python');

/** Returns the venv that runs the notebooks on one version of Spark. */
export function venvPart({ python: chosen, spark }: Pick<Settings, 'python' | 'spark'>): Part {
  const pinned = [requirements.main, requirements[`spark-${spark}`]];
  return {
    name: pinnedName('venv', [requirements.build, ...pinned], chosen ?? ''),
    title: 'Spark',
    proof: 'bin/python',
    bytes: VENV_BYTES,
    async make(folder, work) {
      const base = await findPython(chosen, work);
      work.step(0, 'venv');
      await must('Making a venv', folder, base, ['-I', '-m', 'venv', folder], work);
      const python = pythonOf(folder);
      await pip(python, folder, ['--progress-bar', 'off', '-r', requirements.build], 'Fetching pip', work);
      // pyspark is published as source only. An isolated build would fetch build tools without checking their hashes.
      // This build uses the tools in this venv, whose hashes were checked.
      await pip(
        python,
        folder,
        [...RAW, '--no-build-isolation', ...pinned.flatMap((file) => ['-r', file])],
        'Fetching pyspark',
        work,
      );
    },
  };
}

/**
 * Returns a small venv with the test tools. It also uses the packages of the main venv, which stays unchanged.
 */
export function testVenvPart(venv: string): Part {
  return {
    name: pinnedName('venv-test', [requirements.test], path.basename(venv)),
    title: 'test tools',
    proof: 'bin/python',
    bytes: TEST_VENV_BYTES,
    async make(folder, work) {
      const base = await realpath(pythonOf(venv));
      await must('Making a venv', folder, base, ['-I', '-m', 'venv', '--without-pip', folder], work);
      const args = ['--python', pythonOf(folder)];
      await pip(
        pythonOf(venv),
        folder,
        [...RAW, '--no-deps', '-r', requirements.test],
        'Fetching the test tools',
        work,
        args,
      );
      const [below, here] = [await sitePackages(pythonOf(venv)), await sitePackages(pythonOf(folder))];
      await writeFile(path.join(here, 'pipeline.pth'), `${below}\n`);
    },
  };
}

/** pip's machine-readable progress: `Progress 8192 of 434160000`. */
export const RAW = ['--progress-bar', 'raw'];

/**
 * Makes setuptools build wheels without compression. Compressing pyspark's wheel would only cost time: its jars are
 * compressed already, and pip unpacks the wheel immediately.
 */
const UNCOMPRESSED = '[bdist_wheel]\ncompression = stored\n';

/** Installs from a requirements file. Temporary files are written to the disk whose free space was checked. */
export async function pip(
  python: string,
  folder: string,
  args: readonly string[],
  what: string,
  { step, signal }: PartWork,
  pipArgs: readonly string[] = [],
): Promise<void> {
  const scratch = path.join(folder, 'tmp');
  await mkdir(scratch, { recursive: true });
  const build = path.join(scratch, 'build.cfg');
  await writeFile(build, UNCOMPRESSED);
  const all = ['-I', '-m', 'pip', ...pipArgs, 'install', '--disable-pip-version-check', '--no-input'];
  await must(what, folder, python, [...all, '--require-hashes', ...args], {
    signal,
    env: { TMPDIR: scratch, DIST_EXTRA_CONFIG: build },
    onLine(line) {
      const [, done, total] = /^Progress (\d+) of (\d+)/.exec(line) ?? [];
      if (done) step(Number(total) > 0 ? Number(done) / Number(total) : 0, 'downloading');
      else if (/^\s*(Building|Installing)/.test(line)) step(1, 'installing');
    },
  });
  await rm(scratch, { recursive: true, force: true });
}

/** Runs a program and returns its output. @throws InstallError if the program fails */
export async function must(
  what: string,
  folder: string,
  program: string,
  args: readonly string[],
  options: Parameters<typeof runProgram>[2] = {},
): Promise<string> {
  const { code, output } = await runProgram(program, args, options);
  if (code !== 0) throw explainFailure(what, folder, output);
  return output;
}

async function sitePackages(python: string): Promise<string> {
  return must("Reading Python's folders", python, python, [
    '-I',
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  ]);
}

/**
 * Python code that prints Python's version, the real path of its program, and `whole` if it can create a venv. The
 * program on PATH may be a shim or a link, which starts another version after this version is uninstalled. A venv that
 * was made from the real path fails then, instead of silently using the other version.
 */
const ASK = `
import sys, os
print(sys.version_info[0], sys.version_info[1], os.path.realpath(sys.executable))
import venv, ensurepip
print("whole")
`;

async function findPython(chosen: string | undefined, { signal }: PartWork): Promise<string> {
  let lacksVenv: string | undefined;
  const met: string[] = [];
  for (const name of chosen === undefined ? CANDIDATES : [chosen]) {
    const { output } = await runProgram(name, ['-I', '-c', ASK], { signal });
    const [, major, minor, program = ''] = /^(\d+) (\d+) (.+)$/m.exec(output) ?? [];
    if (!major) continue;
    met.push(`${name} is ${major}.${minor}`);
    if (major !== '3' || Number(minor) < OLDEST || Number(minor) > NEWEST) continue;
    if (/^whole$/m.test(output)) return program;
    lacksVenv ??= `python${major}.${minor}`;
  }
  if (lacksVenv)
    throw new InstallError(
      'PYTHON_WITHOUT_VENV',
      `${lacksVenv} is installed but can't create a venv; install the package ${lacksVenv}-venv (Debian, Ubuntu), or set PIPELINE_PYTHON to another Python.`,
    );
  const nothing = chosen === undefined ? 'there is no Python on PATH' : `${chosen} doesn't run`;
  const found = met.length > 0 ? met.join(', ') : nothing;
  throw new InstallError(
    'NO_PYTHON',
    `Spark needs Python 3.${OLDEST} to 3.${NEWEST}, but ${found}; install one (python3.12 and python3.12-venv on Debian and Ubuntu, "brew install python@3.12" on macOS) or set PIPELINE_PYTHON to its path.`,
  );
}
