import { createReadStream, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { filePosts } from '../../src/posts/file.ts';
import { recordOf } from '../../src/posts/key.ts';
import { lines } from '../../src/posts/lines.ts';
import { missingNote } from '../../src/posts/missing.ts';
import type { Posts } from '../../src/posts/post.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folderWith(files: Record<string, string | Buffer>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'posts-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  return folder;
}

async function all(posts: Posts, after?: number): Promise<string[][]> {
  const read: string[][] = [];
  for await (const post of posts.read(after))
    read.push(post.map((record) => `${posts.where(record)} key ${record.key}: ${record.line}`));
  return read;
}

describe('the key of a line', () => {
  test.each<[string, string, string | null]>([
    ['{"ind":7}', 'geo', '7'],
    ['{"ind":"7"}', 'geo', '7'],
    ['{"ind":7.0}', 'geo', '7'],
    ['{"ind":" 7.0 "}', 'geo', '7'],
    ['{"ind":"007"}', 'geo', '7'],
    ['{"ind":0}', 'geo', '0'],
    ['[{"ind":7}]', 'geo', '7'],
    ['{"index":7}', 'pin', '7'],
    ['{"index":7}', 'user', null],
    ['{"index":7,"ind":8}', 'user', '8'],
    ['{"index":7,"ind":8}', 'pin', '7'],
    ['[{"ind":7},{"ind":8}]', 'geo', null],
    ['{"ind":7.5}', 'geo', null],
    ['{"ind":-7}', 'geo', '-7'],
    ['{"ind":true}', 'geo', null],
    ['{"ind":""}', 'geo', null],
    ['{"country":"Chad"}', 'geo', null],
    ['{"ind":7', 'geo', null],
    ['7', 'geo', null],
    ['null', 'geo', null],
  ])('%s in %s: %s', (line, dataset, key) => {
    expect(recordOf(dataset, Buffer.from(line), 0).key).toBe(key);
  });

  test("is found after a byte order mark, so that the record goes to its post's partition", () => {
    expect(recordOf('geo', Buffer.from('\ufeff{"ind": 7, "country": "Peru"}'), 0).key).toBe('7');
  });

  test('is found among bytes that are not UTF-8', () => {
    const line = Buffer.from('{"title":"caf\xe9","index":7}', 'latin1');
    expect(recordOf('pin', line, 0).key).toBe('7');
  });
});

describe('lines', () => {
  async function read(content: string | Buffer): Promise<[number, string][]> {
    const found: [number, string][] = [];
    for await (const { at, bytes } of lines(
      createReadStream(path.join(folderWith({ file: content }), 'file')),
    ))
      found.push([at, bytes.toString('latin1')]);
    return found;
  }

  test('that are empty are not records, but count as lines; the last line needs no line feed', async () => {
    expect(await read('a\n\n\r\nb\r\n c')).toEqual([
      [1, 'a'],
      [4, 'b\r'],
      [5, ' c'],
    ]);
    expect(await read('')).toEqual([]);
  });

  test('are read as bytes, without decoding', async () => {
    expect(await read(Buffer.from([0xff, 0x00, 0x0a, 0xc3]))).toEqual([
      [1, '\u00ff\u0000'],
      [2, '\u00c3'],
    ]);
  });

  test('can be longer than a chunk of the file', async () => {
    const long = 'x'.repeat(1_000_000);
    expect(await read(`a\n${long}\n${long}b\n`)).toEqual([
      [1, 'a'],
      [2, long],
      [3, `${long}b`],
    ]);
  });
});

describe('posts from files', () => {
  test('combine the nth non-empty line of each file; a longer file continues without the others', async () => {
    const folder = folderWith({
      'pin.jsonl': '{"index":1}\n\n{"index":2}\n',
      'geo.jsonl': '{"ind":1}\nbroken\n{"ind":3}',
      'user.jsonl': '{"ind":"1.0"}',
    });
    expect(await all(filePosts(folder))).toEqual([
      [
        'line 1 of geo.jsonl key 1: {"ind":1}',
        'line 1 of pin.jsonl key 1: {"index":1}',
        'line 1 of user.jsonl key 1: {"ind":"1.0"}',
      ],
      ['line 2 of geo.jsonl key null: broken', 'line 3 of pin.jsonl key 2: {"index":2}'],
      ['line 3 of geo.jsonl key 3: {"ind":3}'],
    ]);
    expect(await all(filePosts(folder, { count: 1 }))).toHaveLength(1);
  });

  test('can come from one file, whose name is the name of the dataset', async () => {
    const folder = folderWith({ 'pin.jsonl': '{"index":1}' });
    expect(await all(filePosts(path.join(folder, 'pin.jsonl')))).toEqual([
      ['line 1 of pin.jsonl key 1: {"index":1}'],
    ]);
  });

  test('can come from gzipped and plain files together', async () => {
    const folder = folderWith({
      'pin.jsonl.gz': gzipSync('{"index":1}\n{"index":2}\n'),
      'geo.jsonl': '{"ind":1}\n',
    });
    expect(await all(filePosts(folder))).toEqual([
      ['line 1 of geo.jsonl key 1: {"ind":1}', 'line 1 of pin.jsonl.gz key 1: {"index":1}'],
      ['line 2 of pin.jsonl.gz key 2: {"index":2}'],
    ]);
  });

  test('include the lines of a truncated gzip file, before an error of one sentence', async () => {
    const whole = gzipSync(Buffer.from('{"index":1}\n'.repeat(50_000)));
    const folder = folderWith({ 'pin.jsonl.gz': whole.subarray(0, whole.length - 20) });
    const read: unknown[] = [];
    const reading = (async () => {
      for await (const post of filePosts(folder).read()) read.push(post);
    })();
    await expect(reading).rejects.toThrow(
      /pin\.jsonl\.gz is damaged or cut off \(Z_BUF_ERROR\): restore the complete gzip file of JSON lines\.$/,
    );
    expect(read.length).toBeGreaterThan(1000);
  });

  test('can come from the standard input, and from a file that is not named like its dataset', async () => {
    const stdin = Readable.from([Buffer.from('{"ind":1}\n{"i'), Buffer.from('nd":2}\n')]);
    expect(await all(filePosts('-', { dataset: 'geo', stdin }))).toEqual([
      ['line 1 of the standard input key 1: {"ind":1}'],
      ['line 2 of the standard input key 2: {"ind":2}'],
    ]);
    const file = path.join(folderWith({ 'export.txt': '{"ind":1}' }), 'export.txt');
    expect(await all(filePosts(file, { dataset: 'user' }))).toEqual([
      ['line 1 of export.txt key 1: {"ind":1}'],
    ]);
  });

  test('after a given post are the same as in the first run', async () => {
    const folder = folderWith({
      'pin.jsonl': '{"index":1}\n\n{"index":2}\n{"index":3}\n',
      'geo.jsonl': '{"ind":1}\n',
    });
    const whole = await all(filePosts(folder));
    for (let after = 0; after <= 3; after++)
      expect(await all(filePosts(folder), after)).toEqual(whole.slice(after));
  });

  test('lack a dataset that has only a CSV sample; a note has the command that converts the sample', () => {
    const folder = folderWith({ 'pin.jsonl': '{}', 'Geo.csv.gz': '', 'users.csv': '' });
    const [geo, user] = filePosts(folder).missing.map(missingNote);
    expect(geo).toContain(
      `Geo.csv.gz is not a file of JSON lines. To convert it, run: npm run generate dataset geo -- --from ${folder}/Geo.csv.gz --records ${folder}/geo.jsonl`,
    );
    const onlySamples = folderWith({ 'pin.csv': '' });
    expect(() => filePosts(onlySamples)).toThrow(
      `in it. pin.csv is not a file of JSON lines. To convert it, run: npm run generate dataset pin -- --from ${onlySamples}/pin.csv --records ${onlySamples}/pin.jsonl`,
    );
    expect(user).toBe(`There is no ${folder}/user.jsonl: its records are skipped.`);
  });

  test('can not come from a table; the error has the command that converts it', () => {
    const folder = folderWith({ 'pin.CSV': 'index\n1\n' });
    const file = path.join(folder, 'pin.CSV');
    for (const dataset of [undefined, 'pin'])
      expect(() => filePosts(file, { dataset })).toThrow(
        `pin.CSV is not a file of JSON lines. To convert it, run: npm run generate dataset pin -- --from ${file} --records ${folder}/pin.jsonl`,
      );
  });

  test('lack the datasets whose files are missing; these files are listed', () => {
    const folder = folderWith({ 'pin.jsonl': '' });
    const posts = filePosts(folder);
    expect(posts.datasets).toEqual(['pin']);
    expect(posts.missing.map((file) => path.basename(file))).toEqual(['geo.jsonl', 'user.jsonl']);
  });

  test('from a missing folder, an unknown dataset or two files of a dataset are an error of one sentence', async () => {
    expect(() => filePosts('/no/such/folder')).toThrow(
      /^There is no \/no\/such\/folder: expected a folder with /,
    );
    expect(() => filePosts(folderWith({}))).toThrow(
      /contains no records: expected geo\.jsonl, pin\.jsonl, user\.jsonl/,
    );
    expect(() => filePosts('-')).toThrow(
      /^The standard input does not name a dataset: .* add --dataset geo\|pin\|user/,
    );
    expect(() => filePosts('-', { dataset: 'pins' })).toThrow(/^--dataset must be geo, pin, user, not pins/);
    expect(() => filePosts(folderWith({ 'pin.jsonl': '', 'pin.jsonl.gz': '' }))).toThrow(
      /pin\.jsonl and .*pin\.jsonl\.gz both exist/,
    );
    expect(() => filePosts(path.join(folderWith({ 'pins.jsonl': '' }), 'pins.jsonl'))).toThrow(
      /does not name a dataset/,
    );
    await expect(all(filePosts(folderWith({ 'pin.jsonl': '' })))).resolves.toEqual([]);
  });

  test('are recognized as gzip by the first bytes, whatever the file name, also in the standard input', async () => {
    const packed = gzipSync('{"ind":1}\n');
    const file = path.join(folderWith({ 'geo.jsonl': packed }), 'geo.jsonl');
    expect(await all(filePosts(file))).toEqual([['line 1 of geo.jsonl key 1: {"ind":1}']]);
    const bytes = Array.from(packed, (byte) => Buffer.from([byte]));
    for (const chunks of [[packed], bytes])
      expect(await all(filePosts('-', { dataset: 'geo', stdin: Readable.from(chunks) }))).toHaveLength(1);
  });

  test('end with an error if the file becomes shorter while it is read, or is named .gz and is not gzip', async () => {
    const folder = folderWith({
      'geo.jsonl': `{"ind":1${' '.repeat(9990)}}\n`.repeat(50),
      'pin.jsonl.gz': '{"index":1}\n',
    });
    const file = path.join(folder, 'geo.jsonl');
    const reading = async () => {
      for await (const _ of filePosts(file).read()) truncateSync(file, 10);
    };
    await expect(reading()).rejects.toThrow(
      /geo\.jsonl became shorter while it was read \(\d+ of 500000 bytes\)/,
    );
    await expect(all(filePosts(path.join(folder, 'pin.jsonl.gz')))).rejects.toThrow(/is not a gzip file/);
  });

  test('do not include a byte order mark at the beginning', async () => {
    const marked = '\ufeff{"ind":1}\r\n{"ind":2}\r\n';
    for (const content of [marked, gzipSync(marked)]) {
      const file = path.join(folderWith({ 'geo.jsonl': content }), 'geo.jsonl');
      expect(await all(filePosts(`${file}/`))).toEqual([
        ['line 1 of geo.jsonl key 1: {"ind":1}\r'],
        ['line 2 of geo.jsonl key 2: {"ind":2}\r'],
      ]);
    }
  });

  describe('a run that is resumed', () => {
    const content = '{"ind":1}\n{"ind":2}\n{"ind":3}\n';

    async function resumed(now: string): Promise<string[][]> {
      const folder = folderWith({ 'geo.jsonl': content });
      const posts = filePosts(folder);
      let fingerprint: number | undefined;
      for await (const post of posts.read()) {
        fingerprint = posts.fingerprint?.(post);
        if (post[0]?.key === '2') break;
      }
      writeFileSync(path.join(folder, 'geo.jsonl'), now);
      const found: string[][] = [];
      for await (const post of filePosts(folder).read(2, fingerprint))
        found.push(post.map(({ key }) => `${key}`));
      return found;
    }

    test('continues in the same file, also if it has grown', async () => {
      expect(await resumed(content)).toEqual([['3']]);
      expect(await resumed(`${content}{"ind":4}\n`)).toEqual([['3'], ['4']]);
    });

    test('stops if the file was replaced: it is shorter or has other posts', async () => {
      await expect(resumed('{"ind":1}\n')).rejects.toThrow(
        /contains 1 post, but the checkpoint is at post 2: restore/,
      );
      await expect(resumed(content.replace('1', '7'))).rejects.toThrow(
        /was changed before post 2, the position of the checkpoint: restore the file/,
      );
    });

    test('continues if the checkpoint has no fingerprint, because an earlier version wrote it', async () => {
      const file = path.join(folderWith({ 'geo.jsonl': content }), 'geo.jsonl');
      expect(await all(filePosts(file), 2)).toHaveLength(1);
    });
  });
});

describe('the reported flaw of a line of each dataset', () => {
  test.each<[string, string, string | undefined]>([
    ['{"ind":7,"country":"Chad"}', 'geo', undefined],
    ['{"ind":7,"country":null,"extra":[1]}', 'geo', undefined],
    ['[{"ind":7,"country":"Chad"}]', 'geo', undefined],
    ['{"ind":7', 'geo', 'not a JSON object'],
    ['[1,2]', 'geo', 'not a JSON object'],
    ['{"country":"Chad"}', 'geo', 'no ind in it'],
    ['{"ind":7,"first_name":"Ann"}', 'geo', 'not a geo record: it has no field of geo besides the key'],
    ['{"ind":7,"age":"old"}', 'user', 'age: Invalid input: expected number, received string'],
  ])('%s in %s: %s', (line, dataset, flaw) => {
    expect(recordOf(dataset, Buffer.from(line), 1).flaw).toBe(flaw);
  });
});
