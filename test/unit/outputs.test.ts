/** Outputs are checked before the work: a command that can't write a file reports the reason in one sentence. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as demo from '../../cli/demo.ts';
import * as ingress from '../../cli/ingress.ts';
import * as local from '../../cli/local.ts';
import * as produce from '../../cli/produce.ts';
import * as query from '../../cli/query.ts';
import { outputFile, outputFolder, shellWord, stateFolder } from '../../src/outputs.ts';
import { ROOT } from '../../src/root.ts';

const commands: Record<string, { run(words: string[]): Promise<unknown> }> = {
  demo,
  ingress,
  local,
  produce,
  query,
};

let folder: string;
const below = (...names: string[]) => path.join(folder, ...names);

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'outputs-'));
  mkdirSync(below('folder'));
  writeFileSync(below('file'), 'as it was');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an output', () => {
  test('is returned as an absolute path, and neither created nor changed', async () => {
    expect(await outputFile('--json', below('new.json'))).toBe(below('new.json'));
    expect(await outputFile('--json', path.relative(process.cwd(), below('file')))).toBe(below('file'));
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder']);
  });

  test('can be a device or a pipe', async () => {
    expect(await outputFile('--json', '/dev/null')).toBe('/dev/null');
  });

  test.each([
    [
      'in a folder that is missing',
      ['no', 'a.json'],
      /^--json is a file in the folder .*no, which does not exist: create it first\.$/,
    ],
    [
      'in a file',
      ['file', 'a.json'],
      /^--json is a file in .*file, which is not a folder: name another file\.$/,
    ],
    [
      'that is a folder',
      ['folder'],
      /^--json must be a file, but .*folder is a folder: name a file in it\.$/,
    ],
    [
      'with a name that is too long',
      ['x'.repeat(300)],
      /^--json can't be .* \(ENAMETOOLONG\): name another path\.$/,
    ],
  ])('%s is rejected', async (_, names, sentence) => {
    await expect(outputFile('--json', below(...names))).rejects.toThrow(sentence);
  });

  test('without a name is rejected', async () => {
    await expect(outputFile('--json', '')).rejects.toThrow(/^--json is empty: give it a path, or omit it\.$/);
  });

  test('whose folder can not be created is rejected', async () => {
    await expect(outputFolder('--keep', below('file', 'x'))).rejects.toThrow(
      /^--keep must be a folder, but .*x can't be created \(ENOTDIR\): name a writable folder\.$/,
    );
  });
});

describe('a folder for state', () => {
  test('is ignored by Git and the linter, also outside a repository', async () => {
    const project = below('project');
    mkdirSync(project);
    for (const file of ['biome.jsonc', '.gitignore'])
      copyFileSync(path.join(ROOT, file), path.join(project, file));
    const state = await stateFolder('--keep', path.join(project, 'day'));
    mkdirSync(path.join(state, 'spark'));
    writeFileSync(path.join(state, 'spark/records.json'), 'not JSON');
    const lint = () =>
      execFileSync(path.join(ROOT, 'node_modules/.bin/biome'), ['check', '.'], {
        cwd: project,
        encoding: 'utf8',
      });
    expect(lint).not.toThrow();
    execFileSync('git', ['init', '--quiet'], { cwd: project });
    expect(lint).not.toThrow();
    const status = ['status', '--porcelain', '--untracked-files=all'];
    expect(execFileSync('git', status, { cwd: project, encoding: 'utf8' })).not.toContain('day');
    expect(await stateFolder('--keep', state)).toBe(state);
    rmSync(project, { recursive: true });
  });

  test('is for its owner only, also below a folder that does not exist yet', async () => {
    const state = await stateFolder('--keep', below('new', 'day'));
    expect(statSync(state).mode & 0o777).toBe(0o700);
    mkdirSync(below('new', 'empty'), { mode: 0o755 });
    expect(statSync(await stateFolder('--keep', below('new', 'empty'))).mode & 0o777).toBe(0o700);
    rmSync(below('new'), { recursive: true });
  });

  test('that has other files is not changed', async () => {
    writeFileSync(below('folder', 'own'), '');
    expect(await stateFolder('--keep', below('folder'))).toBe(below('folder'));
    expect(readdirSync(below('folder'))).toEqual(['own']);
    rmSync(below('folder', 'own'));
  });
});

test.skipIf(process.getuid?.() !== 0)('an output without write permission is rejected', () => {
  execFileSync('chmod', ['755', folder]);
  writeFileSync(below('open'), '');
  execFileSync('chmod', ['666', below('open')]);
  // Root can write everything, so the calls are made by another user.
  const program = `
    const outputs = await import(${JSON.stringify(path.join(ROOT, 'src/outputs.ts'))});
    process.setuid(65534);
    for (const [call, file] of ${JSON.stringify([
      ['outputFile', below('new.json')],
      ['outputFile', below('file')],
      ['outputFolder', below('folder')],
      ['outputFile', below('open')],
      ['outputFile', '/dev/null'],
    ])}) console.log(await outputs[call]('--x', file).catch((error) => error.message));`;
  const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const no = 'which is not writable (EACCES): change its permissions, or name another path.';
  const refused = [folder, below('file'), below('folder'), folder].map((what) => `--x needs ${what}, ${no}`);
  expect(printed.trim().split('\n')).toEqual([...refused, '/dev/null']);
});

describe('before the work begins', () => {
  beforeAll(() => {
    // With these settings, any work of a command would fail.
    vi.stubEnv('PIPELINE_CACHE', below('folder'));
    vi.stubEnv('PIPELINE_PYTHON', '/nowhere');
    vi.stubEnv('PIPELINE_LOCAL', below('local.json'));
    vi.stubEnv('KAFKA_BROKERS', '127.0.0.1:1');
  });
  afterAll(() => void vi.unstubAllEnvs());

  test.each([
    ['demo', ['--json', 'no/such/folder/a.json'], '--json'],
    ['demo', ['--report', '.'], '--report'],
    ['demo', ['--keep', 'a', '--keep', 'b'], '--keep'],
    ['demo', ['--keep', 'package.json'], '--keep'],
    ['demo', ['--json', 'a', '--report', './a'], '--json and --report'],
    ['demo', ['--count', 'many'], '--count must be a whole number,'],
    ['demo', ['--stream-posts', '0'], '--stream-posts must be a whole number, 2 or more,'],
    ['demo', ['--from', '/nowhere'], 'There is no /nowhere: expected a folder with'],
    ['query', ['report', '--out', 'no/such/folder/a.html'], '--out'],
    ['produce', ['kafka', '--checkpoint', 'no/such/folder/a'], '--checkpoint'],
    ['local', ['--state', 'package.json'], '--state'],
    ['ingress', ['--state', 'package.json'], '--state'],
  ])('%s %j is rejected', async (command, words, beginning) => {
    await expect(commands[command]?.run(words)).rejects.toThrow(new RegExp(`^${beginning} [^\\n]*\\.$`));
  });

  test("the file with the workspace's address is checked too", async () => {
    vi.stubEnv('PIPELINE_LOCAL', below('folder'));
    await expect(local.run(['--port', '0'])).rejects.toThrow(
      /^PIPELINE_LOCAL must be a file, but .* is a folder/,
    );
  });
});

test('a path in a printed command is quoted if a shell would split it', () => {
  const odd = `it's "here" $HOME`;
  expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(odd)}`], { encoding: 'utf8' })).toBe(odd);
  expect(shellWord('/tmp/demo-1')).toBe('/tmp/demo-1');
});
