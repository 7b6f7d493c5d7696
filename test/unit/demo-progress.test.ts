/** The progress of the demo's streams, from checkpoints and Delta logs in a folder. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasOpenBatch } from '../../local/demo/commits.ts';
import { latencyOf } from '../../local/demo/latency.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'progress-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(file: string, text = ''): string {
  const place = path.join(root, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  return place;
}

test('a micro-batch is open until its commit is written; batches are compared by number, not by file name', async () => {
  expect(await hasOpenBatch(root)).toBe(false);
  write('offsets/9');
  expect(await hasOpenBatch(root)).toBe(true);
  write('commits/9');
  write('commits/.10.tmp');
  expect(await hasOpenBatch(root)).toBe(false);
  write('offsets/10');
  expect(await hasOpenBatch(root)).toBe(true);
  write('commits/10');
  expect(await hasOpenBatch(root)).toBe(false);
});

test('latency is the time from arrival to the first commit that adds the row’s file', async () => {
  const commit = (version: number, files: readonly string[], second: number) => {
    const adds = files.map((file) => `${JSON.stringify({ add: { path: file } })}\n`).join('');
    const place = write(`_delta_log/${String(version).padStart(20, '0')}.json`, `{"commitInfo":{}}\n${adds}`);
    utimesSync(place, second, second);
  };
  commit(0, ['a.parquet'], 10);
  commit(1, ['a.parquet', 'b.parquet'], 20); // a commit with a deletion vector adds the file again
  const file = (name: string) => pathToFileURL(path.join(root, name)).href;
  const rows = [
    { file: file('a.parquet'), arrived: 9000 },
    { file: file('b.parquet'), arrived: 17_000 },
  ];
  const ask = async () => ({ columns: [], rows });
  expect(await latencyOf(ask, 'catalog.stream', { from: 0 }, ['orders'])).toEqual({ p50: 2000, p99: 2980 });
});

test('tables without rows have a latency of null', async () => {
  const ask = async () => ({ columns: [], rows: [] });
  expect(await latencyOf(ask, 'catalog.stream', { from: 0 }, ['orders'])).toEqual({ p50: null, p99: null });
});
