/** Counts from Spark's event log. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jobsByBatch } from '../fixtures/scans.ts';

test('jobs are counted while Spark is writing a line of the log', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'scans-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const start = JSON.stringify({
    Event: 'SparkListenerJobStart',
    'Stage IDs': [1],
    Properties: { 'streaming.sql.batchId': '0' },
  });
  writeFileSync(path.join(folder, 'local-1'), `${start}\n${start}\n${start.slice(0, 40)}`);
  expect(jobsByBatch(folder)).toEqual([2]);
});
