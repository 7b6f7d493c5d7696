/** Waits with a time limit, and whether a process is running. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { readSettings } from '../../src/settings.ts';
import { isProcessAlive, waitUntil } from '../../src/wait.ts';
import { until } from '../fixtures/until.ts';

test('a wait calls its check until there is a value, and ends with an error at its time limit', async () => {
  const options = { what: 'the stream', timeoutMs: 50, intervalMs: 5 };
  const answers = [undefined, false, 0];
  expect(await waitUntil(() => answers.shift(), options)).toBe(0);
  const onWait = vi.fn();
  await expect(waitUntil(() => false, { ...options, onWait })).rejects.toThrow(
    'Waited 0.05 s for the stream, without success',
  );
  expect(onWait.mock.calls).toEqual([['Waiting for the stream.']]);
});

test.runIf(existsSync('/proc/self/stat'))(
  'a killed process is not alive, even if its parent never asks for its exit code',
  async () => {
    // The second `sleep` replaces the shell, and thereby becomes the parent of the first.
    const words = ['-c', 'sleep 600 & echo $!; exec sleep 600'];
    const parent = spawn('/bin/sh', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [pid = 0] = (await once(parent.stdout, 'data')).map(Number);
    const of = (id: number | undefined, file: string) => readFileSync(`/proc/${id}/${file}`, 'utf8');
    await until(() => of(parent.pid, 'comm') === 'sleep\n');
    expect(isProcessAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until(() => !isProcessAlive(pid));
    expect(of(pid, 'status')).toContain('State:\tZ (zombie)');
  },
);

/** A Python program whose main thread ends before another thread. */
const THREAD = `
import ctypes, threading, time
threading.Thread(target=time.sleep, args=(600,)).start()
ctypes.CDLL(None).pthread_exit(None)
`;

test.runIf(existsSync('/proc/self/stat'))(
  'a process whose main thread has ended is alive until its other threads have ended',
  async () => {
    const { python = 'python3' } = readSettings();
    const child = spawn(python, ['-c', THREAD], { stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    await until(() => readFileSync(`/proc/${child.pid}/status`, 'utf8').includes('State:\tZ (zombie)'));
    expect(isProcessAlive(child.pid as number)).toBe(true);
  },
);
