/** docs/your-own.md, command by command as a reader runs it, in a copy of the project. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGuide } from '../fixtures/guides.ts';
import { REPOSITORY } from '../fixtures/pipeline.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';

/** The lines of blocks without a language. */
const COMMANDS = [...readGuide('docs/your-own.md').matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(
  ([, language, block = '']) => (language === '' ? block.trim().split('\n') : []),
);
const LOCAL = 'npm run local -- --state shop';

const copy = new ProjectCopy();
let local: ChildProcess | undefined;

beforeAll(() => {
  cpSync(path.join(REPOSITORY, 'test/fixtures/samples'), path.join(copy.root, 'test/fixtures/samples'), {
    recursive: true,
  });
});
afterAll(async () => {
  if (local && isRunning(local)) {
    local.kill('SIGTERM');
    await once(local, 'close');
  }
  copy.remove();
});

const isRunning = ({ exitCode, signalCode }: ChildProcess) => (exitCode ?? signalCode) === null;

const start = (line: string) =>
  spawn('/bin/sh', ['-c', `exec ${line}`], {
    cwd: copy.root,
    env: { ...process.env, PIPELINE_LOCAL: path.join(copy.root, 'local.json') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** What a command prints, to both outputs. */
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

test('every command does what the guide says', async () => {
  expect(readGuide('docs/your-own.md')).toContain(`\`${LOCAL}\``);
  const printed = new Map<string, string>();
  for (const line of COMMANDS) {
    if (line.startsWith('npm run query') && local === undefined) {
      local = start(LOCAL);
      for (const output of [local.stdout, local.stderr]) output?.resume();
      while (!existsSync(path.join(copy.root, 'local.json')) && isRunning(local)) await sleep(500);
      expect(existsSync(path.join(copy.root, 'local.json'))).toBe(true);
    }
    printed.set(line, await run(line));
  }
  const of = (part: string) => [...printed].find(([line]) => line.includes(part))?.[1];
  expect(of('generate dataset orders')).toContain('key: order_id, latest by updated_at.');
  expect(of('npm run demo')).toContain('How many orders per country?');
  expect(of('npm run query orders_by_country')).toMatch(/DE/);
  expect(of('explode(reasons)')).toContain('not JSON');
  expect(readFileSync(path.join(copy.root, 'shop.html'), 'utf8')).toContain(
    'What is the average total of orders by status?',
  );
  expect(readFileSync(path.join(copy.root, 'trips.jsonl'), 'utf8').split('\n')).toHaveLength(51);
});
