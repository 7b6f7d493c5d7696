/**
 * The demo as a user runs it: bad records through a real Kafka and through the Kinesis emulator, then a second day. All folders have
 * unusual names.
 */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { number } from '../../src/format.ts';
import { bucketName } from '../../src/names.ts';
import { DEFAULT_ID } from '../../src/settings.ts';
import { ODDER, OddFolders } from '../fixtures/odd-folders.ts';
import { ProjectCopy } from '../fixtures/project-copy.ts';
import { rowsOf, sectionOf, textOf } from '../fixtures/report.ts';
import { byDataset, fromBucket, fromText } from '../referee/arrivals.ts';
import { compareRows } from '../referee/compare.ts';
import { mischief, writeFiles } from '../referee/mischief.ts';
import { referee } from '../referee/referee.ts';

let odd: OddFolders;
let project: ProjectCopy;
beforeAll(async () => {
  odd = await OddFolders.open();
  project = new ProjectCopy(odd.checkout);
});
afterAll(() => odd?.remove());

/** Runs `npm run demo -- …` and resolves with its exit code and output. */
function demo(
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number | null; printed: string }> {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', 'demo', '--', ...args], {
      cwd: project.root,
      env: { ...odd.env, ...env },
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => {
        printed += data;
      });
    child.once('close', (code) => resolve({ code, printed }));
  });
}

/** Returns the demo's output and Spark's log, which explain a failure. */
function failure({ printed }: { printed: string }): string {
  const log = path.join(odd.state, 'spark/logs/kernel.log');
  return existsSync(log) ? `${printed}\n${readFileSync(log, 'utf8')}` : printed;
}

interface Half {
  counts: Record<'pin' | 'geo' | 'user', Record<string, number>>;
  answers: Record<string, Record<string, unknown>[]>;
}

interface DemoReport extends Half {
  stream: Half & { latency_ms: { p50: number; p99: number } };
}

/** Number of posts that go through the stream each day. */
const STREAMED = 40;

/** Compares the demo's answers and counts with those that the referee calculates from the records in the bucket. */
async function expectReferees(state: string, json: string): Promise<DemoReport> {
  const told = JSON.parse(readFileSync(json, 'utf8')) as DemoReport;
  const verdict = await referee(fromBucket(path.join(state, 's3', bucketName(DEFAULT_ID)), DEFAULT_ID));
  for (const [table, rows] of Object.entries(verdict.answers)) {
    expect(compareRows(told.answers[table] ?? [], rows), table).toBeUndefined();
  }
  for (const name of ['pin', 'geo', 'user'] as const) {
    const { raw, clean, superseded, rejected, rejectedRepeats, kept } = verdict.counts[name];
    expect(told.counts[name]).toEqual({
      sent: raw,
      landed: raw,
      raw,
      clean,
      superseded,
      rejected,
      rejected_again: rejectedRepeats,
      kept_in_part: kept,
      lost: 0,
    });
  }
  return told;
}

/** Returns whether a value is a count. In JSON, a count that a double can't represent is text. */
const isCount = (column: string, value: unknown): boolean =>
  /_count$|^users_joined$/.test(column) && /^\d+(\.\d+)?$/.test(String(value));

/** Expects the report to have every figure of every answer, the counts, and the run that calculated them. */
function expectReport(html: string, { answers, counts }: DemoReport): void {
  for (const [name, rows] of Object.entries(answers)) {
    const written = rows.map((row) =>
      Object.entries(row).map(([column, value]) => (isCount(column, value) ? number(value) : String(value))),
    );
    expect(rowsOf(sectionOf(html, name)).sort(), name).toEqual(written.sort());
  }
  const text = textOf(html);
  for (const { raw, clean } of Object.values(counts))
    expect(text).toMatch(
      new RegExp(`\\b${number(clean)} rows in clean_\\w+\\s*Arrived \\(raw\\)\\s*${number(raw)}\\s`),
    );
  expect(text).toMatch(/pinterest-demo-batch\s*\d+ \w+ \d+, \d\d:\d\d UTC\s*[\w ]+✓ success/);
}

describe('npm run demo', () => {
  test('accounts for every bad record, and a second run adds the next day', async () => {
    const sources = readdirSync(project.root).sort();
    const { data, state } = odd;
    const folders = [...readdirSync(odd.base), path.basename(state)].sort();
    const json = path.join(odd.out, `json ${ODDER}`);
    const files = mischief({ seed: 5, posts: 30 });
    writeFiles(files, data);
    appendFileSync(
      path.join(data, 'pin.jsonl'),
      `${JSON.stringify({ index: 999_999, description: 'x'.repeat(2_000_000) })}\n`,
    );

    const streamed = ['--stream-posts', String(STREAMED)];
    const report = path.join(odd.out, `report ${ODDER}`);
    const first = await demo([
      '--from',
      data,
      '--keep',
      state,
      '--json',
      json,
      '--report',
      report,
      ...streamed,
    ]);
    expect(first.printed).toContain('1 rejected (larger than the broker allows)');
    expect(first.code, failure(first)).toBe(0);
    const dayOne = await expectReferees(state, json);
    expectReport(readFileSync(report, 'utf8'), dayOne);
    const firstLines = byDataset((name) => fromText(files[name]).slice(0, STREAMED));
    const verdict = await referee(firstLines);
    for (const [table, rows] of Object.entries(verdict.answers))
      expect(compareRows(dayOne.stream.answers[table] ?? [], rows), `${table} of the stream`).toBeUndefined();
    for (const name of ['pin', 'geo', 'user'] as const) {
      const { raw, clean, superseded } = verdict.counts[name];
      expect(dayOne.stream.counts[name]).toMatchObject({ sent: raw, raw, clean, superseded, lost: 0 });
    }
    expect(dayOne.stream.latency_ms.p50).toBeGreaterThan(0);
    expect(dayOne.stream.latency_ms.p99).toBeGreaterThanOrEqual(dayOne.stream.latency_ms.p50);

    const second = await demo([
      '--count',
      '100',
      '--resend',
      '0',
      '--seed',
      '2',
      '--keep',
      state,
      '--json',
      json,
      '--gateway',
      ...streamed,
    ]);
    expect(second.printed).toContain('through the API in front of Kinesis');
    expect(second.code, failure(second)).toBe(0);
    const dayTwo = await expectReferees(state, json);
    expect(dayTwo.counts.pin.raw).toBe((dayOne.counts.pin.raw ?? 0) + 100);
    expect(dayTwo.stream.counts.pin).toMatchObject({ sent: 2 * STREAMED, raw: 2 * STREAMED, lost: 0 });

    expect(readdirSync(path.join(state, 'spark', 'warehouse')).sort()).toEqual([
      'pinterest.db',
      'pinterest_stream.db',
    ]);
    // The demo writes to no other folder.
    expect(readdirSync(odd.base).sort()).toEqual(folders);
    expect(readdirSync(project.root).sort()).toEqual(sources);
  }, 1_200_000);

  // test/unit/outputs.test.ts checks mistakes that are reported before the first stage.
  test('reports a missing Python in one sentence', async () => {
    const { code, printed } = await demo(['--count', '1'], {
      PIPELINE_PYTHON: '/nowhere/python',
      PIPELINE_CACHE: `${odd.cache} 2`,
    });
    expect(printed).toMatch(/error: .*\/nowhere\/python/);
    expect(
      printed
        .trim()
        .split('\n')
        .filter((line) => !line.includes(' s  ')).length,
    ).toBe(1);
    expect(code).toBe(1);
  });
});
