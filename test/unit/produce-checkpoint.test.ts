import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { filePosts } from '../../src/posts/file.ts';
import { openCheckpoint } from '../../src/producer/checkpoint.ts';
import { produce } from '../../src/producer/produce.ts';
import { printSink } from '../../src/producer/sinks/print.ts';

const run = { from: 'emulated', seed: 1, to: 'kafka' };
let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'checkpoint-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const freshFile = () => path.join(folder, `${files++}.json`);

test('a run begins at the first post, and a resumed run continues after the last saved post', async () => {
  const file = freshFile();
  const first = await openCheckpoint(file, run, true);
  expect(first.position).toBeUndefined();
  await first.save(7);
  await first.save(41);
  expect((await openCheckpoint(file, run, true)).position).toBe(41);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ run, position: 41 });
});

test.each([-7, Number.MIN_SAFE_INTEGER])(
  'a run can be resumed after the post number %i of a database',
  async (number) => {
    const file = freshFile();
    await (await openCheckpoint(file, run, false)).save(number);
    expect((await openCheckpoint(file, run, true)).position).toBe(number);
  },
);

test('a run that was killed before its first post can be resumed', async () => {
  const file = freshFile();
  await openCheckpoint(file, run, false);
  expect((await openCheckpoint(file, run, true)).position).toBeUndefined();
});

test('a run without --resume does not overwrite a checkpoint', async () => {
  const file = freshFile();
  await (await openCheckpoint(file, run, false)).save(7);
  await expect(openCheckpoint(file, run, false)).rejects.toThrow(
    /already exists, from a run that reached post 7: continue that run with --resume, or remove the file\.$/,
  );
});

test('a checkpoint of other posts or destinations is an error that names the difference', async () => {
  const file = freshFile();
  await (await openCheckpoint(file, run, false)).save(7);
  await expect(
    openCheckpoint(file, { from: 'emulated', seed: 2, count: 5, to: 'kafka' }, true),
  ).rejects.toThrow(
    /is the checkpoint of another run \(seed was 1 and is 2, count was omitted and is 5\): use the same arguments as that run\.$/,
  );
});

test('a file that is not a checkpoint, or a missing folder, is an error of one sentence', async () => {
  const file = freshFile();
  writeFileSync(file, '{"index":1}\n');
  await expect(openCheckpoint(file, run, true)).rejects.toThrow(
    /^The checkpoint .* has an unexpected format at run: name another file with --checkpoint\.$/,
  );
  expect(readFileSync(file, 'utf8')).toBe('{"index":1}\n');
  await expect(openCheckpoint(path.join(folder, 'no', 'such'), run, true)).rejects.toThrow(
    /^The checkpoint .*\/no\/such isn't there: name another file with --checkpoint\.$/,
  );
});

test('a checkpoint contains a checksum of the posts, so that a replaced file is an error', async () => {
  const [posts, file] = [path.join(folder, 'geo.jsonl'), freshFile()];
  const produced = async (content: string) => {
    writeFileSync(posts, content);
    const sent = new PassThrough();
    const checkpoint = await openCheckpoint(file, run, true);
    const sink = printSink(
      (dataset) => dataset,
      sent,
      () => {},
    );
    await produce({ posts: filePosts(posts), sink, checkpoint });
    return String(sent.read() ?? '').trimEnd();
  };
  const five = '{"ind":1}\n{"ind":2}\n{"ind":3}\n{"ind":4}\n{"ind":5}\n';
  expect((await produced(five)).split('\n')).toHaveLength(5);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    run,
    position: 5,
    fingerprint: expect.any(Number),
  });
  await expect(produced('{"ind":8}\n')).rejects.toThrow(
    /geo\.jsonl contains 1 post, but the checkpoint is at post 5/,
  );
  await expect(produced(five.replace('3', '8'))).rejects.toThrow(/geo\.jsonl was changed before post 5/);
  expect(await produced(`${five}{"ind":6}\n`)).toContain('{"ind":6}');
});
