/** If a disk is full, every local program reports the folder and what to do in one sentence, without a stack trace. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Installed, install } from '../../local/install/install.ts';
import { createTopics, startBroker } from '../../local/kafka/broker.ts';
import { Kernel } from '../../local/spark/kernel.ts';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { writeNotebook } from '../fixtures/write-notebook.ts';

const MB = 2 ** 20;
const disk = mkdtempSync(path.join(os.tmpdir(), 'full-disk-'));
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=192m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (mounted) execFileSync('umount', ['--lazy', disk]);
  rmdirSync(disk);
});

const rest = path.join(disk, 'rest');

/** Fills the disk except for `free` bytes. */
function fill(free = 0): void {
  const { bavail, bsize } = statfsSync(disk);
  const file = openSync(rest, 'a');
  const block = Buffer.alloc(bsize);
  for (let left = bavail * bsize - free; left > 0; left -= bsize) writeSync(file, block);
  closeSync(file);
}

describe.skipIf(!mounted)('on a full disk, which only root can mount', () => {
  let installed: Installed;
  beforeAll(async () => {
    installed = await install(readSettings());
  });
  afterEach(() => rmSync(rest, { force: true }));

  test('the demo reports the folder and ends', () => {
    fill(4 * MB);
    const state = path.join(disk, 'demo');
    const words = ['run', '--silent', 'demo', '--', '--keep', state, '--count', '3', '--batch-only'];
    const { status, stderr } = spawnSync('npm', words, {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 120_000,
    });
    expect(stderr).toBe(
      `error: The disk of ${state}/spark is full: expected at least 64 MB free; free some space or choose another folder.\n`,
    );
    expect(status).toBe(1);
    rmSync(state, { recursive: true });
  });

  test('the installer reports how much space it needs', async () => {
    fill(MB);
    await expect(install({ ...readSettings(), cache: path.join(disk, 'cache') })).rejects.toThrow(
      /^Not enough disk space in \S+\/cache: it needs about 2\.2 GB and 0\.0 GB are free; free some space, or set PIPELINE_CACHE to a folder on another disk\.$/,
    );
  });

  test('Kafka does not start, and the error names its folder', async () => {
    fill();
    const state = path.join(disk, 'kafka');
    await expect(startBroker({ installed, state })).rejects.toThrow(
      /^(Kafka's folder )?\S+\/kafka\S* can't be written, because the disk is full: free some space or choose another disk\.$/,
    );
  });

  test('a running Kafka fails, and the command that waits for it gets the error', async () => {
    const state = path.join(disk, 'broker');
    const broker = await startBroker({ installed, state });
    fill();
    await createTopics(broker.brokers, ['late']).catch(() => {});
    await expect(broker.failed).rejects.toMatchObject({
      message: `Kafka's folder ${state} can't be written, because the disk is full: free some space or choose another disk.`,
    });
    rmSync(state, { recursive: true });
  });

  test('a notebook fails with an error that names the folder, and Spark works again after space is freed', async () => {
    const state = path.join(disk, 'spark');
    const kernel = await Kernel.start({ installed, state, bucketRoot: path.join(state, 's3'), small: true });
    try {
      const notebook = writeNotebook(disk, 'write.py', 'spark.range(1000).write.saveAsTable("written")');
      // At its first write, the JVM unpacks its compression library, and does not try again after a failure. The first
      // write must therefore happen before the disk is full.
      await kernel.sql('CREATE TABLE before AS SELECT 1 AS x');
      fill();
      const full = `The disk of ${state} is full: free some space there or choose another folder, then try again.`;
      // If there is no space for the run's own log, the run does not begin, and its promise rejects with the error.
      const run = kernel.run(notebook).then(({ error }) => error?.message);
      expect(await run.catch((error: Error) => error.message)).toBe(full);
      await expect(kernel.sql('CREATE TABLE other AS SELECT 1 AS x')).rejects.toThrow(full);
      rmSync(rest);
      const again = await kernel.run(notebook);
      expect(again.error?.message).toBeUndefined();
      expect(again.state).toBe('success');
    } finally {
      await kernel.stop();
    }
  });
});
