/** Runs every command of docs/your-own.md, as a reader does. The guide creates a separate project from samples. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { readGuide } from '../fixtures/guides.ts';
import { linkPackages, ProjectCopy } from '../fixtures/project-copy.ts';

/** The lines of those code blocks of the guide that name no language. */
const COMMANDS = [...readGuide('docs/your-own.md').matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(
  ([, language, block = '']) => (language === '' ? block.trim().split('\n') : []),
);
const LOCAL = 'npm run local -- --state day';

const folder = mkdtempSync(path.join(os.tmpdir(), 'your-own-'));
const copy = new ProjectCopy(path.join(folder, 'engine'));
cpSync(path.join(ROOT, 'test/fixtures/samples'), path.join(copy.root, 'test/fixtures/samples'), {
  recursive: true,
});
/** Gives the new project a separate file for the local workspace's address, and the existing installation of Spark. */
const ENVIRONMENT = {
  ...process.env,
  PIPELINE_LOCAL: path.join(folder, 'local.json'),
  PIPELINE_CACHE: readSettings().cache,
};
let cwd = copy.root;
let local: ChildProcess | undefined;

afterAll(async () => {
  if (local && isRunning(local)) {
    local.kill('SIGTERM');
    await once(local, 'close');
  }
  rmSync(folder, { recursive: true, force: true });
});

const isRunning = ({ exitCode, signalCode }: ChildProcess) => (exitCode ?? signalCode) === null;

const start = (line: string) =>
  spawn('/bin/sh', ['-c', `exec ${line}`], { cwd, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });

/** Runs a command, expects it to succeed, and resolves with its standard output and standard error together. */
async function run(line: string): Promise<string> {
  const child = start(line);
  let text = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (data: Buffer) => {
      text += data;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(`${code} ${text}`).toMatch(/^0 /);
  return text;
}

test('every command of the guide does what the guide says', async () => {
  expect(readGuide('docs/your-own.md')).toContain(`\`${LOCAL}\``);
  const printed = new Map<string, string>();
  for (const line of COMMANDS) {
    if (line.startsWith('cd ')) {
      cwd = path.resolve(cwd, line.slice('cd '.length));
      continue;
    }
    // The test links this project's packages, because it must not ask a package registry.
    if (line === 'npm ci') {
      linkPackages(cwd);
      continue;
    }
    if (line.startsWith('npm run query') && local === undefined) {
      // The guide's port may be in use. The other commands read the address from the file PIPELINE_LOCAL.
      local = start(`${LOCAL} --port 0`);
      for (const output of [local.stdout, local.stderr]) output?.resume();
      while (!existsSync(ENVIRONMENT.PIPELINE_LOCAL) && isRunning(local)) await sleep(500);
      expect(existsSync(ENVIRONMENT.PIPELINE_LOCAL)).toBe(true);
    }
    printed.set(line, await run(line));
  }
  expect(path.basename(cwd)).toBe('shop');
  const of = (part: string) => [...printed].find(([line]) => line.includes(part))?.[1];
  expect(of('generate project')).toContain('orders: 66 records, 12 fields');
  const demo = of('npm run demo') ?? '';
  expect(demo).toContain('How many orders per country?');
  expect(demo).toContain('When did the latest of the events arrive?');
  expect(demo).toMatch(/│ orders +(│ +67 ){3}│ +60 │ +6 │ +1 │/);
  expect(demo).toMatch(/│ events +(│ +72 ){3}│ +70 │ +0 │ +2 │/);
  expect(of('npm run query orders_by_country')).toMatch(/DE/);
  expect(of('explode(reasons)')).toContain('not JSON');
  expect(readFileSync(path.join(cwd, 'report.html'), 'utf8')).toContain(
    'What is the average total of orders by status?',
  );
  expect(of('generate dataset rides')).toContain('key: trip_id.');
  expect(readFileSync(path.join(cwd, 'rides.jsonl'), 'utf8').split('\n')).toHaveLength(51);
});
