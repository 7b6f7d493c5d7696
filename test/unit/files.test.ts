/** Files that commands read, in every condition: a file is read correctly, or an error of one sentence names it. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { Hono } from 'hono';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { statementsOf } from '../../cli/query/ask.ts';
import { readRecord } from '../../infra/doctor/record.ts';
import { rowsWritten } from '../../local/demo/commits.ts';
import type { DayOptions } from '../../local/demo/day.ts';
import { batchPosts } from '../../local/demo/posts.ts';
import { appOf } from '../../local/workspace/server.ts';
import { Collection } from '../../local/workspace/state/collection.ts';
import { loadBundle } from '../../src/databricks/bundle/bundle.ts';
import { readLocal } from '../../src/databricks/connection.ts';
import { AppError } from '../../src/errors.ts';
import { explain } from '../../src/exit.ts';
import { readText } from '../../src/files/read.ts';
import { growingFile, writeDurably, writeWhole } from '../../src/files/write.ts';
import { filePosts } from '../../src/posts/file.ts';
import { parseMysqlAddress } from '../../src/posts/mysql-address.ts';
import { openCheckpoint } from '../../src/producer/checkpoint.ts';
import { kafkaAuth } from '../../src/producer/sinks/kafka-auth.ts';
import { readSettings } from '../../src/settings.ts';
import { JANE, notebook, task } from '../fixtures/bundle-folder.ts';

const ROOT = process.getuid?.() === 0;
/** Id of a user that is not the owner of these files. */
const STRANGER = 12_345;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

interface Reader {
  /** Path relative to the folder that is read. */
  readonly file: string;
  readonly text: string;
  readonly read: (file: string, root: string) => unknown;
  /** The keys of DAMAGES that cause no error for this file. */
  readonly fine?: readonly string[];
}

const SHOP: Readonly<Record<string, string>> = {
  'databricks.yml': stringify({
    bundle: { name: 'shop' },
    include: ['jobs/*.yml'],
    sync: { paths: ['notebooks'] },
    targets: { dev: {} },
  }),
  'jobs/shop.yml': stringify({
    resources: {
      jobs: { daily: { name: 'daily', tasks: [task('count')] } },
      dashboards: { sold: { display_name: 'sold', file_path: 'sold.lvdash.json' } },
    },
  }),
  'jobs/sold.lvdash.json': '{\n}\n',
  'notebooks/count.py': notebook('print(1)'),
};

const inBundle = (file: string, fine: readonly string[] = []): Reader => ({
  file,
  text: SHOP[file] as string,
  fine,
  async read(_, root) {
    for (const [name, text] of Object.entries(SHOP)) {
      if (name === file) continue;
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      fs.writeFileSync(path.join(root, name), text);
    }
    return { ...(await loadBundle({ root, person: JANE })), root: '' };
  },
});

async function linesOf(from: string): Promise<string[]> {
  const found: string[] = [];
  for await (const post of filePosts(from).read())
    found.push(...post.map(({ line, flaw }) => `${line.toString().trimEnd()} ${flaw}`));
  return found;
}

const story = { say: () => {} } as unknown as DayOptions['story'];
const day = (state: string) =>
  batchPosts({ posts: { seed: 1, count: 1, resend: 0 }, state, story } as unknown as DayOptions);
const KAFKA_AUTH = 'tls';

const READERS: Readonly<Record<string, Reader>> = {
  'the connection': {
    file: 'local.json',
    text: `{\n"host":"http://127.0.0.1:1","token":"secret-token","pid":${process.pid}}\n`,
    read: readLocal,
  },
  'a checkpoint': {
    file: 'run.json',
    text: '{"run":{"to":"kafka"},\n"position":7}\n',
    read: async (file) => (await openCheckpoint(file, { to: 'kafka' }, true)).position,
    fine: ['missing'],
  },
  'a query': { file: 'some.sql', text: 'SELECT 1;\nSELECT 2', read: statementsOf, fine: ['cut off'] },
  'databricks.yml': inBundle('databricks.yml', ['cut off']),
  'an included file': inBundle('jobs/shop.yml', ['missing', 'a folder', 'cut off']),
  'a notebook': inBundle('notebooks/count.py'),
  'a dashboard': inBundle('jobs/sold.lvdash.json', ['empty', 'cut off']),
  'the record of artifacts': {
    file: 'artifacts.lock.json',
    text: `{"kafka.tgz":\n{"address":"https://example.com","bytes":1,"sha256":"${'0'.repeat(64)}"}}\n`,
    read: readRecord,
    fine: ['missing'],
  },
  "a workspace's state": {
    file: 'jobs/7.json',
    text: '{"name":\n"daily"}\n',
    read: (_, root) => new Collection(path.join(root, 'jobs'), z.object({ name: z.string() })).get(7),
    fine: ['missing'],
  },
  "the next post of a demo's state": {
    file: 'next-post',
    text: '100\n',
    read: (file, root) => {
      day(root);
      return fs.readFileSync(file, 'utf8');
    },
    fine: ['missing', 'cut off'],
  },
  'a commit of a Delta table': {
    file: '_delta_log/00000000000000000000.json',
    text: '{"commitInfo":{"timestamp":1,"operationMetrics":{"numOutputRows":"3"}}}\n{"add":{}}\n',
    read: (_, root) => rowsWritten(root, 0),
    fine: ['missing'],
  },
  KAFKA_CA: {
    file: 'ca.pem',
    text: `${rootCertificates[0]}\n`,
    read: (KAFKA_CA) => kafkaAuth(readSettings({ KAFKA_AUTH, KAFKA_CA }).kafka),
  },
  'ssl-ca': {
    file: 'ca.pem',
    text: `${rootCertificates[0]}\n`,
    read: (file) =>
      parseMysqlAddress(`mysql://ann@db.example.com/pins?ssl-ca=${encodeURIComponent(file)}`, ''),
  },
  '--from a file': {
    file: 'geo.jsonl',
    text: '{"ind":1,"country":"Chad"}\n{"ind":2,"country":"Chad"}\n',
    read: linesOf,
    fine: ['empty', 'cut off', 'zero bytes', 'not UTF-8'],
  },
  '--from a folder': {
    file: 'geo.jsonl',
    text: '{"ind":1,"country":"Chad"}\n',
    read: (_, root) => linesOf(`${root}/`),
    fine: ['empty', 'cut off', 'zero bytes', 'not UTF-8'],
  },
};

const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

/** Functions that make an unusable file, with the expected sentence. */
const DAMAGES: Readonly<Record<string, readonly [make: (file: string, text: string) => void, says: RegExp]>> =
  {
    missing: [() => {}, /isn't there|does not exist|There is no |contains no records/],
    'a folder': [(file) => fs.mkdirSync(file), /is a folder|contains no records/],
    empty: [
      (file) => fs.writeFileSync(file, ''),
      /is empty|holds no |contains no |must contain a map|is not a notebook/,
    ],
    'cut off': [
      (file, text) => fs.writeFileSync(file, text.slice(0, text.length / 2)),
      /cut off|no complete certificate|is not a notebook/,
    ],
    'zero bytes': [(file, text) => fs.writeFileSync(file, Buffer.alloc(text.length)), /damaged/],
    'UTF-16': [(file, text) => fs.writeFileSync(file, utf16(text)), /is UTF-16: save it as UTF-8/],
    'UTF-16, big-endian': [
      (file, text) => fs.writeFileSync(file, utf16(text).swap16()),
      /is UTF-16: save it as UTF-8/,
    ],
    'not UTF-8': [
      (file, text) => fs.writeFileSync(file, Buffer.concat([Buffer.from(text), Buffer.from([0xe9, 0x0a])])),
      /isn't UTF-8: save it as UTF-8/,
    ],
    'a loop of links': [(file) => fs.symlinkSync(path.basename(file), file), /is a loop of links/],
    'a link to nothing': [(file) => fs.symlinkSync('nothing', file), /is a link to a file that isn't there/],
    'a pipe': [(file) => execFileSync('mkfifo', [file]), /is a pipe or a device/],
  };

const CONDITIONS: Readonly<Record<string, (file: string, text: string) => void>> = {
  'with CRLF': (file, text) => fs.writeFileSync(file, text.replaceAll('\n', '\r\n')),
  'with a byte order mark': (file, text) => fs.writeFileSync(file, `\ufeff${text}`),
  'behind a link': (file, text) => {
    fs.writeFileSync(path.join(path.dirname(file), '.real'), text);
    fs.symlinkSync('.real', file);
  },
};

let made = 0;
/** Creates a folder with the file in it and reads the file. */
async function read(reader: Reader, make: (file: string, text: string) => void): Promise<unknown> {
  const root = path.join(folder, String(made++));
  const file = path.join(root, reader.file);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  make(file, reader.text);
  return await reader.read(file, root);
}

/** Returns the error that a command would print. */
const sentenceOf = async (reading: Promise<unknown>): Promise<string> =>
  explain(
    await reading.then(
      (value) => new Error(`read as ${JSON.stringify(value)}`),
      (error) => error,
    ),
  );

describe.each(Object.entries(READERS))('%s', (_, reader) => {
  const damages = Object.entries(DAMAGES).filter(([name]) => !reader.fine?.includes(name));

  test.each(damages)(
    'is named in an error of one sentence if it is unusable: %s',
    async (_, [make, says]) => {
      const sentence = await sentenceOf(read(reader, make));
      expect(sentence).toMatch(/^error: [^\n]+\.$/);
      expect(sentence).toMatch(says);
      expect(sentence).not.toMatch(/undefined|secret-token/);
      if (!sentence.includes('There is no workspace') && !sentence.includes('contains no records'))
        expect(sentence).toContain(path.basename(reader.file));
    },
  );

  test.each(Object.entries(CONDITIONS))('is read correctly %s', async (_, make) => {
    const plain = await read(reader, (file, text) => fs.writeFileSync(file, text));
    expect(await read(reader, make)).toEqual(plain);
  });

  test.runIf(ROOT)(
    'is named in an error of one sentence if the user may not read it (needs root, to become another user)',
    async () => {
      const reading = read(reader, (file, text) => {
        fs.writeFileSync(file, text, { mode: 0 });
        for (let up = path.dirname(file); up.startsWith(folder); up = path.dirname(up))
          fs.chmodSync(up, 0o777);
        process.seteuid?.(STRANGER);
      }).finally(() => process.seteuid?.(0));
      expect(await sentenceOf(reading)).toMatch(/^error: [^\n]*isn't accessible to this user: [^\n]+\.$/);
    },
  );
});

describe('a file that is written', () => {
  const writers = {
    writeWhole: async (file: string) => void writeWhole(file, 'new'),
    writeDurably: (file: string) => writeDurably(file, 'new', {}),
  };
  const disk = path.join(folder, 'disk');
  fs.mkdirSync(disk);
  // In a container, even root may not mount.
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0;
  afterAll(() => {
    if (mounted) execFileSync('umount', [disk]);
  });

  describe.each(Object.entries(writers))('%s', (_, write) => {
    test.runIf(mounted)(
      'keeps its old content if the disk is full (needs the permission to mount a small disk)',
      async () => {
        const file = path.join(disk, 'state.json');
        fs.writeFileSync(file, 'old');
        const rest = path.join(disk, 'rest');
        try {
          fs.writeFileSync(rest, Buffer.alloc(1024 * 1024));
        } catch {
          // The disk is full, as intended.
        }
        expect(await sentenceOf(write(file))).toBe(
          `error: ${file} can't be written, because the disk is full: free some space or choose another disk.`,
        );
        expect(fs.readFileSync(file, 'utf8')).toBe('old');
        expect(fs.readdirSync(disk).sort()).toEqual(['rest', 'state.json']);
        fs.rmSync(rest);
      },
    );

    test('is reported in one sentence if its folder is missing or its path is a folder; no temporary file remains', async () => {
      const root = fs.mkdtempSync(path.join(folder, 'write-'));
      fs.mkdirSync(path.join(root, 'there'));
      expect(await sentenceOf(write(path.join(root, 'no', 'such')))).toMatch(
        /^error: .*\/no\/such isn't there: /,
      );
      expect(await sentenceOf(write(path.join(root, 'there')))).toMatch(
        /^error: .*\/there is a folder, not a file: /,
      );
      expect(fs.readdirSync(root)).toEqual(['there']);
    });

    test('is written to the target of a symbolic link, and the link remains', async () => {
      const root = fs.mkdtempSync(path.join(folder, 'write-'));
      fs.writeFileSync(path.join(root, 'real'), 'old');
      fs.symlinkSync('real', path.join(root, 'link'));
      await write(path.join(root, 'link'));
      expect(fs.readlinkSync(path.join(root, 'link'))).toBe('real');
      expect(fs.readFileSync(path.join(root, 'real'), 'utf8')).toBe('new');
    });
  });

  test.each([
    [0o600, 0o666, 0o600],
    [0o664, 0o666, 0o664],
    [0o755, 0o666, 0o755],
    [0o644, 0o600, 0o600],
    [0o644, undefined, 0o600],
  ])('keeps its mode %o if it is written with mode %o: %o', (before, mode, after) => {
    const file = path.join(fs.mkdtempSync(path.join(folder, 'write-')), 'report.html');
    fs.writeFileSync(file, 'old');
    fs.chmodSync(file, before);
    writeWhole(file, 'new', mode === undefined ? {} : { mode });
    expect(fs.statSync(file).mode & 0o777).toBe(after);
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
  });

  test('has the whole text if the system writes only a part of it', () => {
    const root = fs.mkdtempSync(path.join(folder, 'write-'));
    const { writeSync } = fs;
    // Writes at most four bytes.
    const part = ((fd: number, data: string | Buffer, at?: number | null, length?: number) =>
      typeof data === 'string'
        ? writeSync(fd, data.slice(0, 4))
        : writeSync(fd, data, at ?? 0, Math.min(4, length ?? data.length))) as typeof fs.writeSync;
    const spy = vi.spyOn(fs, 'writeSync').mockImplementation(part);
    const growing = growingFile(path.join(root, 'geo.jsonl'));
    growing.write('{"ind":1}\n');
    growing.end(true);
    spy.mockRestore();
    expect(fs.readFileSync(path.join(root, 'geo.jsonl'), 'utf8')).toBe('{"ind":1}\n');
  });

  test('is reported in one sentence if closing it fails; no temporary file remains', async () => {
    const root = fs.mkdtempSync(path.join(folder, 'write-'));
    const growing = growingFile(path.join(root, 'geo.jsonl'));
    const { closeSync } = fs;
    const spy = vi.spyOn(fs, 'closeSync').mockImplementation((fd) => {
      closeSync(fd);
      throw Object.assign(new Error('EDQUOT'), { code: 'EDQUOT', syscall: 'close' });
    });
    const ending = (async () => growing.end(true))();
    expect(await sentenceOf(ending)).toMatch(/^error: .*geo\.jsonl can't be written, because the disk quota/);
    spy.mockRestore();
    expect(fs.readdirSync(root)).toEqual([]);
  });

  test('is reported in one sentence if it is a full device, and stays a device', async () => {
    expect(await sentenceOf(writers.writeWhole('/dev/full'))).toMatch(
      /^error: \/dev\/full can't be written, because the disk is full: /,
    );
    expect(fs.statSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});

test('an unexpected error of the file system is printed as a sentence, a bug with its stack', () => {
  const caught = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error;
    }
  };
  expect(explain(caught(() => fs.readFileSync('/no/such')))).toBe(
    "error: /no/such isn't there: check its path.",
  );
  expect(explain(caught(() => fs.fstatSync(9999)))).toContain('    at ');
});

test('control characters in an error have no effect on the terminal', () => {
  const message = 'The table has\ta row\u001b]52;c;cm0=\u0007\n\u009b2J.';
  expect(explain(new AppError('BAD', message))).toBe('error: The table has\ta row␛]52;c;cm0=␇\n�2J.');
  expect(explain(new Error(message))).toContain('Error: The table has\ta row␛]52;c;cm0=␇\n�2J.\n    at ');
});

test('the local workspace responds with the same sentence if the file system causes an error', async () => {
  const routes = new Hono().get('/file', (c) => c.text(fs.readFileSync('/no/such', 'utf8')));
  const bugs: string[] = [];
  const app = appOf('token', [routes], (_, request) => bugs.push(request));
  const answer = await app.request('/file', { headers: { authorization: 'Bearer token' } });
  expect(await answer.json()).toEqual({
    error_code: 'INVALID_STATE',
    message: "/no/such isn't there: check its path.",
  });
  expect(bugs).toEqual([]);
});

test.each(['UTF-16', 'not UTF-8', 'zero bytes'] as const)(
  'the error of a file that is %s has the code and the noun of its reader',
  (damage) => {
    const file = path.join(folder, `coded ${damage}`);
    DAMAGES[damage]?.[0](file, 'some text\n');
    const use = { code: 'STATE_BROKEN', is: 'The checkpoint' };
    expect(() => readText(file, use)).toThrow(
      expect.objectContaining({ code: 'STATE_BROKEN', message: expect.stringMatching(/^The checkpoint /) }),
    );
  },
);
