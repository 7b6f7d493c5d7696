/** The command line: a mistake prints one sentence and exits with 1; flags that npm consumed are errors. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { commands } from '../../cli/commands.ts';
import { AppError, UsageError } from '../../src/errors.ts';
import { ROOT } from '../../src/root.ts';
import { cleanEnvironment, readSettings } from '../../src/settings.ts';
import { runCommand } from '../fixtures/command.ts';

const run = (args: string[], env: Record<string, string> = {}) =>
  spawnSync('npm', ['run', '--silent', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });

test.each([
  [['generate', '--', 'chek'], 'must be one of check, dataset, question, project, not "chek"'],
  [
    ['query', 'users_joined_by_year', '--', '--format', 'xml'],
    'error: --format must be one of "table", "csv"',
  ],
  [['produce', 'kafka', '--dry-run'], 'error: npm consumed --dry-run'],
  [['generate', '--check'], 'error: npm consumed --check'],
  // npm reads --format as an abbreviation of its own --format-package-lock.
  [['query', 'top_category_by_year', '--format=csv'], 'after --'],
])('npm run %s fails with one sentence', (args, sentence) => {
  const { status, stdout, stderr } = run(args);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

test.each([
  ['generate', ['--checks'], 'Unknown argument: checks. See --help.'],
  [
    'generate',
    ['dataset'],
    'An argument is missing: expected npm run generate dataset <name> -- --from <sample>. See --help.',
  ],
  ['generate', ['question'], 'An argument is missing: expected npm run generate question "<sentence>"'],
  ['infra', ['cost', '--yes'], '--yes can only be used with deploy and destroy: cost asks nothing.'],
  ['query', ['--format', 'csv'], 'The flags need an answer, a file or SQL to show. See --help.'],
  ['generate', ['dataset', 'orders2'], 'Missing required argument: from'],
  [
    'generate',
    ['dataset', 'orders2', '--from', 'nowhere.jsonl'],
    "nowhere.jsonl isn't there: check its path.",
  ],
  ['generate', ['dataset', 'Orders', '--from', 'x'], "A dataset's name has 1 to 40 lower-case letters"],
  ['local', ['--port', 'any'], '--port must be a whole number from 0 to 65535, not any.'],
  ['query', ['--schema', 'a.b'], '--schema must be a name without dots, slashes, blanks'],
  ['query', ['top_category_by_year', '--param', 'a=1'], '--param can only be used with SQL'],
  ['query', ['report', '--schema', 'a.b'], '--schema must be a name without dots, slashes, blanks'],
  ['bundle', [], 'The verb is missing: npm run bundle validate | plan | deploy'],
  [
    'bundle',
    ['deploy', 'prod', '--without-cli'],
    'Target prod needs the Databricks CLI: omit --without-cli.',
  ],
  ['demo', ['--from', 'a', '--from', 'b'], '--from was given more than once.'],
  ['demo', ['--from', 'mysql://reader:s3cret@db/posts'], 'There is no such file: expected a folder with'],
  [
    'bundle',
    ['run', 'batch', 'local', '--param', 'a=1', '--param', 'a=2'],
    '--param a was given more than once.',
  ],
  [
    'generate',
    ['dataset', 'orders2', '--from', 'mysql://me:s3cret@db'],
    '--from must be a file, not an address.',
  ],
  [
    'demo',
    ['--from', 'data', '--count', '9', '--seed', '2'],
    '--from sends all records of its files, unchanged: omit --count and --seed,',
  ],
  ['demo', ['--from.x', 'a'], 'Unknown argument: from.x. See --help.'],
])('%s %j is an error of one sentence', async (name, words, sentence) => {
  const command = await commands[name]?.();
  const error = await command?.run(words, commands).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).message).toContain(sentence);
  expect((error as AppError).message).not.toContain('\n');
});

test('each flag of each command, except --yes, is an error if npm consumed it', async () => {
  const loaded = await Promise.all(Object.values(commands).map((load) => load()));
  const below = loaded.flatMap(({ words = {} }) => Object.values(words).map((load) => load()));
  for (const { parser } of [...loaded, ...(await Promise.all(below))]) {
    const help = await parser([]).getHelp();
    for (const [, flag = ''] of help.matchAll(/^ +(?:-h, )?--([a-z-]+) /gm)) {
      vi.stubEnv(`npm_config_${flag.replaceAll('-', '_')}`, 'true');
      const parse = () => parser([]).parseSync();
      if (!['help', 'yes'].includes(flag)) expect(parse).toThrow(`npm consumed --${flag},`);
      vi.unstubAllEnvs();
    }
  }
});

test('the target local without a workspace is an error that names only what the target reads', async () => {
  vi.stubEnv('PIPELINE_LOCAL', '/nowhere/local.json');
  const command = await commands.bundle?.();
  await expect(command?.run(['plan', 'local', '--without-cli'], commands)).rejects.toThrow(
    'There is no workspace on this machine: start one with npm run local.',
  );
  vi.unstubAllEnvs();
});

test.each(['DATABRICKS_TOKEN', 'REST_API_KEY', 'GATEWAY_API_KEY'])(
  'a secret in %s that no HTTP header can contain is an error that does not repeat it',
  (name) => {
    for (const value of ['s3cret\nx', 's3cret\u0001', 's3crét'])
      expect(() => readSettings({ [name]: value })).toThrow(
        `The environment variable ${name} can't be used: expected one line of ASCII characters without blanks.`,
      );
  },
);

test('a credential of AWS with a line end in it is an error that does not repeat it', () => {
  expect(() => cleanEnvironment({ AWS_SESSION_TOKEN: 's3cret\nx' })).toThrow(
    /^The environment variable AWS_SESSION_TOKEN has a character that no AWS credential has\.$/,
  );
});

test.each([
  ['/no/such/folder', 'ENOENT'],
  [import.meta.filename, 'ENOTDIR'],
])('TMPDIR=%s, where no folder can be created, is an error of one sentence', (TMPDIR, code) => {
  expect(run(['query', '--', '--help'], { TMPDIR })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `error: Temporary files need a writable folder, and ${TMPDIR} is not writable (${code}): create it, or set TMPDIR to another folder.\n`,
  });
});

test.runIf(existsSync('/dev/full'))(
  'a command whose output goes to a full disk fails with one sentence',
  () => {
    const query = `${process.execPath} src/start.mjs cli/main.ts query`;
    const onto = (output: string) =>
      spawnSync('/bin/sh', ['-c', `${query} ${output}`], { cwd: ROOT, encoding: 'utf8' });
    expect(onto('> /dev/full')).toMatchObject({
      status: 1,
      stderr:
        "error: The standard output can't be written, because the disk is full: free some space or choose another disk.\n",
    });
    expect(onto('| head -1')).toMatchObject({ status: 0, stderr: '' });
  },
);

test.each([
  ['ends', '', ''],
  ['fails', "throw new AppError('BROKEN', 'It is broken.');", 'error: It is broken.\n'],
])('a program that %s before its pipe was read loses no output', (_, end, stderr) => {
  const program = `import { AppError } from './src/errors.ts';
    import { runAsProgram } from './src/exit.ts';
    await runAsProgram(async () => {
      process.stdout.write('x'.repeat(1_000_000));
      ${end}
    });`;
  const piped = `"$0" --import tsx --input-type=module -e "$1" | (sleep 5; wc -c)`;
  const args = ['-c', piped, process.execPath, program];
  expect(spawnSync('/bin/sh', args, { cwd: ROOT, encoding: 'utf8' })).toMatchObject({
    stdout: '1000000\n',
    stderr,
  });
});

test('an unknown command is an error that names the commands', () => {
  const { stderr, status } = runCommand(['prodcue']);
  expect(stderr).toMatch(/^error: There is no command "prodcue"; the commands are bundle, demo, .*\.\n$/);
  expect(status).toBe(1);
});

test('--help describes a command and shows examples', () => {
  const { status, stdout } = run(['generate', '--', '--help']);
  expect(stdout).toContain('Renders notebooks, jobs');
  expect(stdout).toContain('npm run generate check');
  expect(status).toBe(0);
});

test.each(['Has Blanks', 'my_id', 'a'.repeat(16), '-a', 'a-', 'a--b', 'A', 'a.b', 'ä', 'a/b', '${x}'])(
  'PIPELINE_ID=%j is rejected with the rule',
  (id) => {
    expect(() => readSettings({ PIPELINE_ID: id })).toThrow(UsageError);
    expect(() => readSettings({ PIPELINE_ID: id })).toThrow(
      `The environment variable PIPELINE_ID can't be used: expected 1 to 15 lower-case letters, digits and -, with a letter or digit on both sides of each -, because it is part of names of S3 buckets, got "${id}".`,
    );
  },
);

test.each(['PIPELINE_CATALOG', 'PIPELINE_SCHEMA', 'PIPELINE_STREAM_SCHEMA'])('%s rejects a dot', (name) => {
  expect(() => readSettings({ [name]: 'main.pinterest' })).toThrow(
    `The environment variable ${name} can't be used: expected a name without dots, slashes, blanks`,
  );
  expect(() => readSettings({ [name]: 'größe-1' })).not.toThrow();
});
