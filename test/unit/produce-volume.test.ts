/** Posts are written as files into a volume by the Files API of the local workspace, without Spark. */
import { readdirSync, readFileSync } from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sparkFolder } from '../../local/workspace/workspace.ts';
import { type VolumeClient, volumeClient } from '../../src/databricks/volume.ts';
import { AppError } from '../../src/errors.ts';
import { emulatedPosts } from '../../src/posts/emulated.ts';
import type { PostRecord, Posts } from '../../src/posts/post.ts';
import { produce } from '../../src/producer/produce.ts';
import { volumeSink } from '../../src/producer/sinks/volume.ts';
import { LoopbackServer } from '../fixtures/loopback-server.ts';
import { ScriptedHttp } from '../fixtures/scripted-http.ts';
import { TOKEN, WorkspaceUnderTest } from '../fixtures/workspace.ts';

let workspace: WorkspaceUnderTest;
let client: VolumeClient;
let number = 0;
let landing: string;
beforeAll(async () => {
  workspace = await WorkspaceUnderTest.open();
  client = volumeClient({ host: workspace.client.host, token: TOKEN });
  await workspace.client.post('/api/2.1/unity-catalog/schemas', {
    catalog_name: 'spark_catalog',
    name: 'pinterest',
  });
});
afterAll(() => workspace.close());
beforeEach(async () => {
  number += 1;
  const volume = {
    catalog_name: 'spark_catalog',
    schema_name: 'pinterest',
    name: `landing${number}`,
    volume_type: 'MANAGED',
  };
  await workspace.client.post('/api/2.1/unity-catalog/volumes', volume);
  landing = `/Volumes/spark_catalog/pinterest/landing${number}`;
});

const send = (posts: Posts, through = client) =>
  produce({ posts, sink: volumeSink({ client: through, landing, id: 'demo', rotateMs: 50 }) });

/** Returns the names of a topic's files and their lines, in the order of the files. */
function landed(dataset: string): { files: string[]; lines: string[] } {
  const folder = path.join(
    sparkFolder(workspace.folder),
    landing.replace('/Volumes', 'volumes'),
    `topics/demo.${dataset}/partition=0`,
  );
  const files = readdirSync(folder).sort();
  return {
    files,
    lines: files.flatMap((file) => readFileSync(path.join(folder, file), 'utf8').trimEnd().split('\n')),
  };
}

const pin: PostRecord = { dataset: 'pin', line: Buffer.from('{}'), key: null, at: 1 };

const sent = async (posts: Posts, dataset: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const post of posts.read())
    for (const record of post) if (record.dataset === dataset) lines.push(String(record.line));
  return lines;
};

test('every record lands once, in order, in files named by offset; a second run continues after the first', async () => {
  const [first, second] = [
    emulatedPosts({ seed: 1, count: 60 }),
    emulatedPosts({ seed: 1, first: 60, count: 40 }),
  ];
  await send(first);
  const { files } = landed('pin');
  expect(files[0]).toBe('demo.pin+0+0000000000.json');
  await send(second);
  for (const dataset of ['pin', 'geo', 'user']) {
    const { lines } = landed(dataset);
    expect(lines).toEqual([...(await sent(first, dataset)), ...(await sent(second, dataset))]);
  }
  expect(landed('pin').files).toContain('demo.pin+0+0000000060.json');
});

test('no record is lost or duplicated if a response is lost, or the workspace is busy or does not answer', async () => {
  const posts = emulatedPosts({ seed: 2, count: 200 });
  let calls = 0;
  const troubled: VolumeClient = {
    ...client,
    async create(file, content) {
      calls += 1;
      if (calls % 3 === 1) return failing('http://127.0.0.1:1').create(file, content);
      const made = await client.create(file, content);
      return calls % 3 === 2 ? failing('http://127.0.0.1:1').create(file, content) : made;
    },
  };
  const summary = await send(posts, troubled);
  expect(summary.topics['demo.geo']).toMatchObject({ read: 200, delivered: 200 });
  expect(landed('geo').lines).toEqual(await sent(posts, 'geo'));
  expect(calls).toBeGreaterThan(3);
});

const failing = (host: string): VolumeClient => volumeClient({ host, token: TOKEN });

/** A server that cuts the connection in the middle of each response. */
class Cutting extends LoopbackServer {
  static start = () => new Cutting().listen();

  protected override async serve(_: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-length': 100 }).write('{"contents":');
    setImmediate(() => response.destroy());
  }
}

test('a truncated response counts as no response', async () => {
  const server = await Cutting.start();
  const cut = volumeClient({ host: server.url, token: TOKEN });
  const says = {
    code: 'WORKSPACE',
    retriable: true,
    message: expect.stringMatching(/^http.* does not respond \(/),
  };
  // Both at once, because each is retried for seconds.
  await Promise.all([
    expect(cut.read(`${landing}/a`)).rejects.toMatchObject(says),
    expect(cut.list(landing)).rejects.toMatchObject(says),
  ]);
  await server.stop();
});

test.each([429, 500, 503])(
  'a folder and a file are read again while the workspace is busy (%i)',
  async (status) => {
    const server = await ScriptedHttp.start();
    const busy = { status, body: {} };
    const page = (name: string, next_page_token?: string) => ({
      status: 200,
      body: { contents: [{ name, is_directory: false }], next_page_token },
    });
    server.answers = [busy, page('a.json', 'b/2'), page('b.json'), busy, { status: 200, body: { ind: 1 } }];
    const client = volumeClient({ host: server.url, token: TOKEN });
    expect(await client.list(landing)).toEqual(['a.json', 'b.json']);
    expect(server.requests[2]?.path).toMatch(/\?page_token=b%2F2$/);
    expect(String(await client.read(`${landing}/a.json`))).toBe('{"ind":1}');
    await server.stop();
  },
);

test("another producer's file is never overwritten", async () => {
  const other: VolumeClient = {
    ...client,
    async create(file, content) {
      await client.create(file, Buffer.from('{"ind": 1}\n'));
      return client.create(file, content);
    },
  };
  await expect(send(emulatedPosts({ seed: 3, count: 10 }), other)).rejects.toThrow(
    /^Another producer has written .*: only one producer at a time/,
  );
  expect(landed('geo').lines).toEqual(['{"ind": 1}']);
});

test("another producer's file with the same records does not count as delivered", async () => {
  const posts = emulatedPosts({ seed: 3, count: 10 });
  const other: VolumeClient = {
    ...client,
    async create(file, content) {
      await client.create(file, content);
      return client.create(file, content);
    },
  };
  await expect(send(posts, other)).rejects.toThrow(/^Another producer has written /);
});

test("a lost response is not taken for another producer's file of the same name", async () => {
  let lost = false;
  const other: VolumeClient = {
    ...client,
    async create(file, content) {
      if (lost) return client.create(file, content);
      lost = true;
      await client.create(file, Buffer.from('{"ind": 1}\n'));
      return failing('http://127.0.0.1:1').create(file, content);
    },
  };
  await expect(send(emulatedPosts({ seed: 3, count: 10 }), other)).rejects.toThrow(
    /^Another producer has written /,
  );
});

test("the offset of a file follows the last file's, in whatever order the workspace lists the files", async () => {
  const names = [10, 0].map((offset) => `demo.pin+0+00000000${String(offset).padStart(2, '0')}.json`);
  const created: string[] = [];
  const listed: VolumeClient = {
    list: async () => [...names, 'notes.txt'],
    read: async () => Buffer.from('{}\n{}\n'),
    create: async (file) => created.push(path.basename(file)) > 0,
  };
  await send({ datasets: ['pin'], read: () => [[pin]], where: () => '' }, listed);
  expect(created).toEqual(['demo.pin+0+0000000012.json']);
});

test.each([
  ['redirects to a login page', { status: 303, headers: { location: '/login' }, body: {} }],
  ['answers with a page', { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: {} }],
])('nothing counts as delivered if the workspace %s', async (_, answer) => {
  const server = await ScriptedHttp.start();
  server.answers = [{ status: 404, body: {} }, { status: 404, body: {} }, { status: 404, body: {} }, answer];
  const strange = volumeClient({ host: server.url, token: TOKEN });
  await expect(send(emulatedPosts({ seed: 3, count: 1 }), strange)).rejects.toThrow(AppError);
  await server.stop();
});

test('a missing volume and a wrong token are reported', async () => {
  landing = '/Volumes/spark_catalog/pinterest/nowhere';
  await expect(send(emulatedPosts({ seed: 1, count: 1 }))).rejects.toThrow(
    /[^.]\. Deploy the bundle.* with --landing: in the local workspace, \/Volumes\/spark_catalog\/pinterest\/landing\.$/,
  );
  const wrong = volumeClient({ host: workspace.client.host, token: 'dapi-wrong' });
  await expect(send(emulatedPosts({ seed: 1, count: 1 }), wrong)).rejects.toThrow(
    /The user of the token needs write permission on/,
  );
});
