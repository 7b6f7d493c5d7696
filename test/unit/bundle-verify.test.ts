/** How `npm run bundle verify` reads and shows the results of a run. Real runs are in test/system/local-workspace.test.ts. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { checkLines } from '../../cli/bundle/checks.ts';
import { bundleFlags } from '../../cli/bundle/flags.ts';
import { runBundle } from '../../cli/bundle/run.ts';
import { checksByCli, findCli, newestVerify } from '../../src/databricks/bundle/cli.ts';
import { checksOf } from '../../src/databricks/bundle/verify.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bundle-verify-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const EXIT = JSON.stringify({
  spark: '4.0.0',
  runtime: '17.3.x',
  checks: [
    { step: 'first day', check: 'pin: thousands', passed: false, expected: '5000', seen: '5' },
    { step: 'first day', check: 'pin: millions', passed: true, expected: '1', seen: '1' },
    { step: 'rebuild', check: 'the same tables', passed: true, expected: '[]', seen: '[]' },
  ],
});

test('engine, steps and failed checks are shown, with the expected and the actual values', () => {
  const text = checkLines(checksOf('checks', EXIT)).join('\n');
  expect(text).toContain('checks: Databricks Runtime 17.3.x, Spark 4.0.0');
  expect(text).toMatch(/first day +│ +2 +│ +1 /);
  expect(text).toMatch(/rebuild +│ +1 +│ +0 /);
  expect(text).toMatch(/first day +│ pin: thousands +│ 5000 +│ 5 /);
  expect(text).not.toContain('millions');
});

test('an unexpected exit value of a task is an error', () => {
  expect(() => checksOf('checks', '{"spark": 4}')).toThrow('the result of the task checks');
});

test('if the Databricks CLI is used, it reads the results of the newest run with its own credentials', async () => {
  const program = path.join(folder, 'databricks');
  const answers = {
    'bundle summary -t dev -o json': { resources: { jobs: { verify: { id: '7' } } } },
    'jobs list-runs --job-id 7 --limit 1 -t dev -o json': [{ run_id: 70 }],
    'jobs get-run 70 -t dev -o json': {
      tasks: [
        { task_key: 'checks', run_id: 71 },
        { task_key: 'verdict', run_id: 72 },
      ],
    },
    'jobs get-run-output 71 -t dev -o json': { notebook_output: { result: EXIT } },
  };
  const cases = Object.entries(answers).map(([words, answer], index) => {
    writeFileSync(path.join(folder, `${index}.json`), JSON.stringify(answer));
    return `"${words}") cat ${path.join(folder, `${index}.json`)};;`;
  });
  writeFileSync(program, `#!/bin/sh\ncase "$*" in\n${cases.join('\n')}\n*) exit 1;;\nesac\n`, {
    mode: 0o755,
  });
  const asked = { target: 'dev', variables: {}, root: folder, environment: { PATH: process.env.PATH } };
  const cli = { program, version: '1.13.0' };
  const run_id = await newestVerify(cli, asked);
  expect(await checksByCli(cli, asked, run_id)).toEqual([checksOf('checks', EXIT)]);
  expect(await newestVerify(cli, { ...asked, target: 'free' })).toBeUndefined();
  expect(await checksByCli(cli, { ...asked, target: 'free' }, run_id)).toEqual([]);
});

test('a character that arrives from the Databricks CLI in two parts is read as one', async () => {
  const program = path.join(folder, 'in-parts');
  writeFileSync(path.join(folder, 'summary'), JSON.stringify({ resources: { jobs: { verify: { id: 7 } } } }));
  writeFileSync(path.join(folder, 'runs'), '[{"run_id": "€"}]');
  const inParts = 'head -c 14 runs; sleep 0.3; tail -c +15 runs';
  writeFileSync(program, `#!/bin/sh\ncase "$*" in *summary*) cat summary;; *) ${inParts};; esac\n`, {
    mode: 0o755,
  });
  const asked = { target: 'dev', variables: {}, root: folder, environment: { PATH: process.env.PATH } };
  expect(await newestVerify({ program, version: '1.13.0' }, asked)).toBe('€');
});

test.each([
  [{}, ['--restart', '--no-wait']],
  [{ stream_status: 'PAUSED' }, ['--restart']],
])(
  'a restart of the stream with %o calls the CLI with %j: only a run that Databricks starts itself never ends',
  async (more, flags) => {
    const place = mkdtempSync(path.join(folder, 'called-'));
    writeFileSync(
      path.join(place, 'databricks'),
      `#!/bin/sh\n[ "$1" = --version ] && echo v1.13.0 || printf '%s\\n' "$@" >${place}/words\n`,
      { mode: 0o755 },
    );
    vi.stubEnv('PATH', `${place}:${process.env.PATH}`);
    const values = { catalog: 'main', service_principal: 'deployer', alerts: 'a@example.org', ...more };
    const variables = Object.entries(values).flatMap(([name, value]) => ['--var', `${name}=${value}`]);
    expect(await runBundle(bundleFlags(['run', 'stream', 'prod', '--restart', ...variables]))).toBe(0);
    const words = readFileSync(path.join(place, 'words'), 'utf8').trimEnd().split('\n');
    expect(words.filter((word) => !word.startsWith('--var='))).toEqual([
      'bundle',
      'run',
      'stream',
      '-t',
      'prod',
      ...flags,
    ]);
  },
);

test('a folder named databricks on PATH is not the CLI', async () => {
  const place = mkdtempSync(path.join(folder, 'place-'));
  mkdirSync(path.join(place, 'databricks'));
  expect(await findCli([place])).toBeUndefined();
});
