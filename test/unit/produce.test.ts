import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { run } from '../../src/commands/produce.ts';
import { UsageError } from '../../src/errors.ts';
import { topicName } from '../../src/names.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import { filePosts } from '../../src/posts/file.ts';
import { summaryTable } from '../../src/producer/display.ts';
import { produce } from '../../src/producer/produce.ts';
import { printSink } from '../../src/producer/sinks/print.ts';

describe('words that can’t be used', () => {
  test.each<[string, RegExp]>([
    ['', /is kafka, rest, kinesis or volume, not left out/],
    ['rabbit', /is kafka, rest, kinesis or volume, not rabbit/],
    ['kinesis --compression gzip', /--compression is for kafka/],
    ['kafka --until later', /--until is a time of day.* or a date and time.*, not later/],
    ['kafka --until 2020-01-01T00:00', /--until is over: 2020-01-01T00:00/],
    ['kafka --until 2999-01-01T00:00', /--until is at most 24 days away/],
    ['kafka --count 0', /--count is a whole number, 1 or more, not 0/],
    ['kafka --count many', /--count is a whole number, 1 or more, not NaN/],
    ['kafka --count', /Not enough arguments following: count/],
    ['kafka --count 1 --count 2', /--count was given more than once/],
    ['kafka --rate 0', /--rate is posts a second, more than 0, not 0/],
    ['kafka --seed 1.5', /--seed is a whole number/],
    ['kafka --first -1', /--first is a whole number, 0 or more/],
    ['kafka --resend 2', /--resend is a share from 0 to 1, not 2/],
    ['kafka --compression zip', /--compression is none or gzip, not zip/],
    ['kafka --from data --seed 7', /--seed is for emulated posts/],
    ['kafka --bogus', /Unknown argument: bogus/],
    ['kafka more', /Unknown argument: more/],
  ])('%s', async (words, sentence) => {
    const mistake = await run(words.split(' ').filter(Boolean)).catch((error: unknown) => error);
    expect(mistake).toBeInstanceOf(UsageError);
    expect((mistake as UsageError).message).toMatch(sentence);
    expect((mistake as UsageError).message).not.toContain('\n');
  });

  test('flags that npm took for itself', async () => {
    vi.stubEnv('npm_config_dry_run', 'true');
    await expect(run(['kafka'])).rejects.toThrow(/npm took --dry-run for itself.*-- --dry-run/);
    vi.unstubAllEnvs();
  });
});

test('the summary is a table that adds up', () => {
  const table = summaryTable({
    topics: {
      'demo.pin': { read: 1200, delivered: 1100, refused: 60, undelivered: 40, bytes: 900_000 },
      'demo.geo': { read: 1200, delivered: 1200, refused: 0, undelivered: 0, bytes: 100_000 },
    },
    posts: 1200,
    seconds: 2,
  });
  const cells = (name: string) =>
    table
      .split('\n')
      .find((line) => line.includes(name))
      ?.split('│')
      .map((cell) => cell.trim())
      .filter(Boolean);
  expect(cells('demo.pin')).toEqual(['demo.pin', '1,200', '1,100', '60', '40', '900,000', '550']);
  expect(cells('together')).toEqual(['together', '2,400', '2,300', '60', '40', '1,000,000', '1,150']);
  expect(table).toContain('1,200 posts in 2.0 s');
});

describe('a dry run', () => {
  const topicOf = (dataset: string) => topicName('demo', dataset);

  test('shows topic, key and bytes of every record, a post at a time', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'dry-'));
    writeFileSync(path.join(folder, 'pin.jsonl'), '{"index":"7.0"}\nnot JSON\n');
    writeFileSync(path.join(folder, 'user.jsonl'), Buffer.from('{"ind":7,"first_name":"\xe9"}\n', 'latin1'));
    const out = new PassThrough();
    await produce({ posts: filePosts(folder), sink: printSink(topicOf, out, () => {}) });
    rmSync(folder, { recursive: true });
    expect(out.read().toString('latin1').split('\n')).toEqual([
      'demo.pin\t7\t{"index":"7.0"}',
      'demo.user\t7\t{"ind":7,"first_name":"\xe9"}',
      'demo.pin\t-\tnot JSON',
      '',
    ]);
  });

  test('ends when nobody reads on', async () => {
    const stop = new AbortController();
    const pipe = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const { posts } = await produce({
      posts: emulatedPosts({ seed: 1 }),
      sink: printSink(topicOf, pipe, () => stop.abort()),
      signal: stop.signal,
    });
    expect(posts).toBeLessThan(10);
  });
});
