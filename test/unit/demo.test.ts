/** The demo's day before its first stage. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runDay } from '../../local/demo/run-day.ts';
import { Story } from '../../local/demo/story.ts';
import { lockState } from '../../local/workspace/state/lock.ts';
import { readSettings } from '../../src/settings.ts';

test('a second demo with the same folder uses no post numbers and starts nothing', async () => {
  const state = mkdtempSync(path.join(os.tmpdir(), 'demo-'));
  writeFileSync(path.join(state, 'next-post'), '7\n');
  const lock = await lockState(state);
  const { signal } = new AbortController();
  const day = runDay({
    settings: readSettings({ PIPELINE_PYTHON: '/nowhere/python', PIPELINE_CACHE: path.join(state, 'cache') }),
    state,
    posts: { seed: 1, count: 10, resend: 0 },
    streamPosts: 2,
    gateway: false,
    signal,
    story: new Story(process.stdout, signal),
  });
  await expect(day).rejects.toMatchObject({ code: 'STATE_IN_USE' });
  expect(readFileSync(path.join(state, 'next-post'), 'utf8')).toBe('7\n');
  expect(readdirSync(state).sort()).toEqual(['next-post', 'workspace.lock', 'workspace.pid']);
  await lock.release();
  rmSync(state, { recursive: true });
});
