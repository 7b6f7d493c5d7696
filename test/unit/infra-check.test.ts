/**
 * The hops (places that a record passes) of `npm run infra check` that have no emulator: a bucket in S3 and a table
 * in a workspace.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { landingBucket, landingFolder } from '../../infra/check/landing.ts';
import { markedRecord } from '../../infra/check/marked.ts';
import { streamHops } from '../../infra/check/stream.ts';
import { tableHop } from '../../infra/check/table.ts';
import { walk } from '../../infra/check/walk.ts';
import { makeAws } from '../../infra/doctor/aws.ts';
import type { SqlRow } from '../../src/databricks/sql.ts';
import { AppError } from '../../src/errors.ts';
import { FakeAws } from '../fixtures/fake-aws.ts';
import { LoopbackServer } from '../fixtures/loopback-server.ts';

const WRITTEN = { partition: 1, offset: 1500 };
const PARTITION = 'topics/demo.pin/partition=1';

describe('the landing bucket', () => {
  let aws: FakeAws;

  beforeEach(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    aws = await FakeAws.start();
  });
  afterEach(async () => {
    await aws.stop();
    vi.unstubAllEnvs();
  });

  const bucket = () => landingBucket(makeAws('eu-west-1', aws.url), 'pinterest-demo-landing');
  const key = (first: number) => `${PARTITION}/demo.pin+1+${String(first).padStart(10, '0')}.json`;
  const land = (first: number, text: string) =>
    aws.objects.set(
      `/pinterest-demo-landing/${key(first).split('/').map(encodeURIComponent).join('/')}`,
      text,
    );

  test('is searched in the last object that begins before the record', async () => {
    aws.objects.set(`/pinterest-demo-landing/${key(0)}`, 'old');
    aws.objects.set(`/pinterest-demo-landing/${key(1000)}`, 'listed');
    aws.objects.set(`/pinterest-demo-landing/${key(2000)}`, 'later');
    land(1000, '{"check":"other"}\n{"check":"mark-1"}\n');
    expect(await bucket().find('demo.pin', WRITTEN, 'mark-1')).toBe(key(1000));
    expect(await bucket().find('demo.pin', WRITTEN, 'mark-2')).toBeUndefined();
  });

  test('is listed page by page, because S3 returns at most 1,000 keys at a time', async () => {
    const keys = Array.from({ length: 5 }, (_, at) => key(at * 100));
    const asked: (string | undefined)[] = [];
    const paged = landingBucket(
      {
        region: 'eu-west-1',
        credentialsEnd: async () => undefined,
        async call({ path: object, query }) {
          if (object !== undefined) return { status: 200, headers: {}, text: `mark in ${object}` };
          const after = query?.['start-after'] ?? '';
          asked.push(after.split('/').at(-1));
          const rest = keys.filter((one) => one > after);
          const found = rest.slice(0, 2).map((one) => `<Key>${one}</Key>`);
          const text = `<IsTruncated>${rest.length > 2}</IsTruncated>${found.join('')}`;
          return { status: 200, headers: {}, text };
        },
      },
      'landing',
    );
    expect(await paged.find('demo.pin', WRITTEN, 'mark')).toBe(key(400));
    expect(asked).toEqual([
      'demo.pin+1+0000000000',
      'demo.pin+1+0000000100.json',
      'demo.pin+1+0000000300.json',
    ]);
  });

  test('without objects does not contain the record', async () => {
    expect(await bucket().find('demo.pin', WRITTEN, 'mark-1')).toBeUndefined();
  });

  test('causes a one-sentence error if it denies access', async () => {
    const other = { region: 'eu-west-1', endpoint: aws.url };
    aws.objects.set(`/pinterest-demo-landing/${key(1000)}`, 'listed');
    await expect(
      landingBucket(makeAws(other.region, other.endpoint), 'pinterest-demo-landing').find(
        'demo.pin',
        WRITTEN,
        'x',
      ),
    ).rejects.toThrow('bucket pinterest-demo-landing returned 400: check that it exists');
  });
});

test('a folder of the local sink is read the same way', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'landing-'));
  const landing = landingFolder(folder);
  expect(await landing.find('demo.pin', WRITTEN, 'mark')).toBeUndefined();
  await mkdir(path.join(folder, PARTITION), { recursive: true });
  const name = 'demo.pin+1+0000001200.json';
  await writeFile(path.join(folder, PARTITION, name), '{"check":"mark"}\n');
  expect(await landing.find('demo.pin', WRITTEN, 'mark')).toBe(`${PARTITION}/${name}`);
  expect(await landing.find('demo.pin', { partition: 1, offset: 1199 }, 'mark')).toBeUndefined();
  await rm(path.join(folder, PARTITION), { recursive: true });
  await writeFile(path.join(folder, PARTITION), '');
  await expect(landing.find('demo.pin', WRITTEN, 'mark')).rejects.toThrow('lies below a file, not a folder');
  await rm(folder, { recursive: true });
  expect(() => landingFolder(folder)).toThrow(`--bucket names the folder ${folder}, which does not exist`);
});

test('a record that the API changed into other text is a broken hop', async () => {
  const marked = markedRecord();
  class BrokenApi extends LoopbackServer {
    static start = async () => new BrokenApi().listen();
    protected override async serve(request: http.IncomingMessage, response: http.ServerResponse) {
      const Data = Buffer.from(`${JSON.stringify(marked.record)}}`).toString('base64');
      const answers: Record<string, object> = {
        GetShardIterator: { ShardIterator: 'first' },
        GetRecords: { Records: [{ Data, PartitionKey: 'a', SequenceNumber: '1' }] },
      };
      const action =
        String(request.headers['x-amz-target'] ?? '')
          .split('.')
          .at(-1) ?? '';
      const answer = answers[action] ?? { ShardId: 'shardId-0', SequenceNumber: '1' };
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
    }
  }
  const server = await BrokenApi.start();
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const [, stream, back] = streamHops(
    {
      id: 'demo',
      endpoint: { url: server.url, setting: 'GATEWAY_URL', apiKey: undefined, signed: false },
      kinesis: { region: 'eu-west-1', endpoint: server.url, credentials },
    },
    marked,
  );
  await stream?.pass();
  await expect(back?.pass()).rejects.toThrow(
    'the record in streaming-demo-pin differs from the sent record: {',
  );
  await server.stop();
});

describe('the table', () => {
  const hop = (rows: () => SqlRow[], job = 'batch') => {
    const asked: unknown[] = [];
    const sql = {
      query: async (statement: string, options?: { parameters?: object }) => {
        asked.push([statement, options?.parameters]);
        return { columns: [], rows: rows() };
      },
    };
    const marked = markedRecord();
    const options = { sql, schema: 'pinterest', waitMs: 50, intervalMs: 50, job };
    return { asked, marked, hop: tableHop(options, marked) };
  };

  test("is queried for the record's mark until the row exists", async () => {
    let times = 0;
    const { asked, marked, hop: table } = hop(() => (++times < 2 ? [] : [{ position: 'p-1' }]));
    expect(await table.pass()).toBe('pinterest.raw_pin, at p-1');
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual([
      'SELECT position FROM raw_pin WHERE contains(record, :mark) LIMIT 1',
      { mark: marked.mark },
    ]);
  });

  test.each(['batch', 'stream'])(
    'without the row causes an error that names the job %s, which writes the row',
    async (job) => {
      await expect(hop(() => [], job).hop.pass()).rejects.toThrow(
        `pinterest.raw_pin does not contain the record after 0 s: run job ${job}, as in "npm run bundle run ${job} prod"`,
      );
    },
  );
});

test('hops after a broken hop are not tried; a bug is not reported as a broken hop', async () => {
  const said: string[] = [];
  const tried: string[] = [];
  const hop = (name: string, error?: Error) => ({
    name,
    pass: async () => {
      tried.push(name);
      if (error) throw error;
      return 'passed';
    },
  });
  const hops = [hop('one'), hop('two', new AppError('X', 'It is broken.')), hop('three'), hop('four')];
  expect(await walk('Pipeline', hops, (line) => said.push(line))).toBe(false);
  expect(tried).toEqual(['one', 'two']);
  expect(said[2]).toMatch(/^!! {2}two +0\.\d s {2}It is broken\.$/);
  expect(said[3]).toBe('--  three, four: not reached');
  await expect(walk('Pipeline', [hop('one', new TypeError('bug'))], () => {})).rejects.toThrow(TypeError);
});
