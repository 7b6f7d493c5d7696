/** The install: a part is either complete or missing, and every failure is reported in one sentence. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { WriteStream } from 'node:tty';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { explainFailure } from '../../local/install/errors.ts';
import { install } from '../../local/install/install.ts';
import { verifyJar } from '../../local/install/jars.ts';
import { ownJava } from '../../local/install/java.ts';
import { isWhole, makePart, type Part } from '../../local/install/part.ts';
import { jarFile, jarLists, readJars, requirements } from '../../local/install/versions.ts';
import { readSettings } from '../../src/settings.ts';
import { until } from '../fixtures/until.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(path.join(os.tmpdir(), 'install-'));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

const part = (make: Part['make'], bytes = 1): Part => ({
  name: 'thing-1',
  title: 'Thing',
  proof: 'last',
  bytes,
  make,
});
const twoFiles = part(async (folder) => {
  await writeFile(path.join(folder, 'first'), '1');
  await writeFile(path.join(folder, 'last'), '2');
});

test('what is known of a Java is stored for all users; if it can not be read, the Java is started again', async () => {
  const home = path.join(cache, 'jdk');
  const java = path.join(home, 'bin', 'java');
  await mkdir(path.dirname(java), { recursive: true });
  const said = `    java.specification.version = 21\n    java.home = ${home}\n`;
  await writeFile(java, `#!/bin/sh\nprintf '${said}'\n`, { mode: 0o755 });
  const settings = { ...readSettings({}), cache, path: [path.dirname(java)] };
  expect(await ownJava(settings)).toBe(home);
  const [note = ''] = (await readdir(cache)).filter((name) => name.startsWith('java-met-'));
  expect((await stat(path.join(cache, note))).mode & 0o777).toBe(0o644);
  await rm(path.join(cache, note));
  await mkdir(path.join(cache, note));
  expect(await ownJava(settings)).toBe(home);
});

describe('a part', () => {
  test('is missing while it is installed, and complete afterwards', async () => {
    const watching = part(async (folder, work) => {
      await twoFiles.make(folder, work);
      expect(isWhole(cache, twoFiles)).toBe(false);
    });
    await makePart(cache, watching, { step() {} });
    expect(isWhole(cache, twoFiles)).toBe(true);
    expect(await readFile(path.join(cache, 'thing-1', 'first'), 'utf8')).toBe('1');
    expect((await stat(path.join(cache, 'thing-1'))).mode & 0o777, 'other users read it too').toBe(0o755);
  });

  test('whose installation failed leaves no files', async () => {
    const failing = part(async (folder) => {
      await writeFile(path.join(folder, 'last'), '');
      throw new Error('half-way');
    });
    await expect(makePart(cache, failing, { step() {} })).rejects.toThrow('half-way');
    expect(await readdir(cache)).toEqual([]);
  });

  test('whose installation was killed is missing, and the next attempt removes its files', async () => {
    const program = path.join(cache, 'killed.mts');
    const module = pathToFileURL(path.resolve('local/install/part.ts')).href;
    await writeFile(
      program,
      `import { writeFileSync } from 'node:fs';
       import { makePart } from '${module}';
       const make = (folder) => { writeFileSync(folder + '/last', ''); process.kill(process.pid, 'SIGKILL'); };
       await makePart(${JSON.stringify(cache)}, { name: 'thing-1', proof: 'last', bytes: 1, make }, { step() {} });`,
    );
    await once(spawn(process.execPath, ['--import', 'tsx', program]), 'exit');
    await rm(program);
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^thing-1\.\w+$/)]);
    expect(isWhole(cache, twoFiles)).toBe(false);
    await makePart(cache, twoFiles, { step() {} });
    expect(isWhole(cache, twoFiles)).toBe(true);
    expect((await readdir(cache)).length).toBe(2);
  });

  test('that needs more space than is free is an error with the size', async () => {
    const huge = part(twoFiles.make, 1e18);
    await expect(makePart(cache, huge, { step() {} })).rejects.toThrow(
      /^Not enough disk space in .*: it needs about 1000000000\.0 GB and [\d.]+ GB are free; free some space, or set PIPELINE_CACHE to a folder on another disk\.$/,
    );
  });
});

describe('the lock of the cache', () => {
  // Nobody can create a folder there, not even root.
  const unwritable = '/proc';

  test('that can not be created is reported immediately and not retried', async () => {
    const installing = install(readSettings({ PIPELINE_CACHE: unwritable }));
    await expect(installing).rejects.toThrow(
      /^The cache folder \/proc can't be written \(\w+\); make it writable/,
    );
  });

  test('is waited for, with a message, while another install holds it; an interruption ends the wait', async () => {
    await mkdir(path.join(cache, 'install.lock'));
    const said: string[] = [];
    const out = { write: (text: string) => said.push(text) } as unknown as WriteStream;
    const waiting = new AbortController();
    const installing = install(readSettings({ PIPELINE_CACHE: cache }), { out, signal: waiting.signal });
    await until(() => said.length > 0);
    expect(said).toEqual([expect.stringMatching(/^Waiting for another install in .* to end/)]);
    waiting.abort();
    await expect(installing).rejects.toThrow('aborted');
    expect(await readdir(cache)).toEqual(['install.lock']);
  });
});

describe('pins', () => {
  test('have a checksum and coordinates for each jar', async () => {
    for (const list of Object.values(jarLists))
      for (const jar of readJars(list)) {
        expect(jar.sha256).toMatch(/^[0-9a-f]{64}$/);
        expect([jar.organisation, jar.name, jar.revision].every((word) => /^[\w.-]+$/.test(word))).toBe(true);
      }
  });

  test('have a hash for each Python package', async () => {
    for (const file of Object.values(requirements)) {
      const packages = (await readFile(file, 'utf8'))
        .replaceAll(/^#.*$/gm, '')
        .replaceAll('\\\n', ' ')
        .trim();
      for (const line of packages.split('\n'))
        expect(line).toMatch(/^[\w-]+==\S+ .*--hash=sha256:[0-9a-f]{64}/);
    }
  });

  test('reject a file with another checksum, and the error names the file', async () => {
    const [jar] = readJars(jarLists['spark-4.0']);
    if (jar === undefined) throw new Error('no jar is pinned');
    await writeFile(path.join(cache, jarFile(jar)), 'something else');
    await expect(verifyJar(cache, jar)).rejects.toThrow(
      new RegExp(`^${jarFile(jar)} is not the pinned file \\(expected sha256 ${jar.sha256}, found `),
    );
  });
});

describe('one sentence explains', () => {
  /** Installs with a script in place of Python. The script prints the output of Python on another machine. */
  async function pythonThatSays(script: string) {
    const python = path.join(cache, 'python3');
    await writeFile(python, `#!/bin/sh\n${script}\n`);
    await chmod(python, 0o755);
    return install(readSettings({ PIPELINE_CACHE: path.join(cache, 'c'), PIPELINE_PYTHON: python }));
  }

  test('that there is no Python', async () => {
    const settings = readSettings({ PIPELINE_CACHE: cache, PIPELINE_PYTHON: '/nowhere/python3' });
    await expect(install(settings)).rejects.toThrow(
      /^Spark needs Python 3\.10 to 3\.13, but \/nowhere\/python3 doesn't run; install one \(.*\) or set PIPELINE_PYTHON to its path\.$/,
    );
  });

  test('that Python is too old', async () => {
    await expect(pythonThatSays('echo 3 8 /usr/bin/python3.8')).rejects.toThrow(
      /but \S+ is 3\.8; install one/,
    );
  });

  test('that Python has no venv, and which package contains it', async () => {
    await expect(pythonThatSays('echo 3 11 /usr/bin/python3.11; exit 1')).rejects.toThrow(
      "python3.11 is installed but can't create a venv; install the package python3.11-venv",
    );
  });

  test('that the cache can’t be written', async () => {
    await writeFile(path.join(cache, 'file'), '');
    const settings = readSettings({ PIPELINE_CACHE: path.join(cache, 'file', 'below') });
    await expect(install(settings)).rejects.toThrow(
      /^The cache folder .*\/file\/below can't be written \(ENOTDIR\)/,
    );
  });

  test.each([
    ['OSError: [Errno 28] No space left on device', 'DISK_FULL'],
    ['WARNING: Retrying … NewConnectionError … Name or service not known', 'NO_NETWORK'],
    ['java.net.UnknownHostException: somewhere', 'NO_NETWORK'],
    ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', 'WRONG_CHECKSUM'],
    ['javax.net.ssl.SSLHandshakeException: PKIX path building failed: …', 'UNTRUSTED_NETWORK'],
    ['error: metadata-generation-failed', 'INSTALL_FAILED'],
  ])('why a program failed: %s', (output, code) => {
    expect(explainFailure('Fetching it', cache, output)).toMatchObject({ code });
  });
});
