/** `npm run infra`: mistakes are reported in one sentence; vendors' files are verified and uploaded only one time. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { confirmed, parseInfraFlags } from '../../cli/infra/flags.ts';
import { run as infra } from '../../cli/infra.ts';
import type { Artifact } from '../../infra/artifacts.ts';
import { type Aws, makeAws } from '../../infra/doctor/aws.ts';
import { missingArtifacts, type Shelf, uploadArtifacts } from '../../infra/doctor/buckets.ts';
import { examine } from '../../infra/doctor/doctor.ts';
import { fetchArtifact } from '../../infra/doctor/fetch.ts';
import { whoAmI } from '../../infra/doctor/questions.ts';
import { signIn } from '../../infra/session.ts';
import { readInfraSettings } from '../../infra/settings.ts';
import { ROOT } from '../../src/root.ts';
import { readSettings } from '../../src/settings.ts';
import { FakeAws } from '../fixtures/fake-aws.ts';
import { ScriptedHttp } from '../fixtures/scripted-http.ts';

const FILE = 'kafka_2.13-3.9.1.tgz';
const sum = (text: string | Buffer, algorithm = 'sha256', form: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(text).digest(form);

let folder: string;
let server: http.Server;
let address: string;
/** The content of each page of the vendor, by path. */
let pages: Record<string, string>;
/** The objects of the bucket by path, each with the checksum that was sent with its upload. */
let objects: Map<string, { body: Buffer; checksum: string }>;
let asked: string[];

beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  folder = await mkdtemp(path.join(os.tmpdir(), 'doctor-'));
  pages = { [`/${FILE}`]: 'the file' };
  objects = new Map();
  asked = [];
  server = http.createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    asked.push(`${method} ${url}`);
    if (!headers.authorization) {
      response.statusCode = pages[url] === undefined ? 404 : 200;
      return response.end(pages[url]);
    }
    // An emulator of S3: it stores each object with the checksum that was sent with its upload.
    if (method === 'PUT') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      if (sum(body) !== headers['x-amz-content-sha256']) return response.writeHead(400).end();
      objects.set(url, { body, checksum: String(headers['x-amz-checksum-sha256']) });
      return response.end();
    }
    const there = objects.get(url);
    response.writeHead(there ? 200 : 404, there && { 'x-amz-checksum-sha256': there.checksum }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true, force: true });
});

const artifact = (more: Partial<Artifact> = {}): Artifact => ({
  file: FILE,
  address: `${address}/${FILE}`,
  licence: 'Apache-2.0',
  ...more,
});

describe("a vendor's file", () => {
  test('is fetched once and identified by its checksum', async () => {
    const fetched = await fetchArtifact(artifact(), folder, {});
    expect(fetched).toEqual({ path: path.join(folder, FILE), bytes: 8, sha256: sum('the file') });
    await fetchArtifact(artifact(), folder, {});
    expect(asked).toEqual([`GET /${FILE}`]);
  });

  test('that differs from the recorded file is rejected and not kept', async () => {
    const record = { [FILE]: { address, bytes: 8, sha256: sum('the file') } };
    pages[`/${FILE}`] = 'another';
    await expect(fetchArtifact(artifact(), folder, record)).rejects.toThrow(
      `${FILE} from ${address}/${FILE} is not the one that was recorded in infra/artifacts.lock.json: find out why`,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  test.each([
    [
      'as Apache writes it',
      (digits: string) => `${FILE}: ${digits.toUpperCase().match(/.{8}/g)?.join(' ')}\n`,
    ],
    ['as sha512sum writes it', (digits: string) => `${digits}  ${FILE}\n`],
    ['as digits only', (digits: string) => digits],
  ])('is compared with the checksum that its vendor publishes, %s', async (_, written) => {
    const published = { address: `${address}/${FILE}.sha512`, algorithm: 'sha512' } as const;
    pages[`/${FILE}.sha512`] = written(sum('the file', 'sha512'));
    await fetchArtifact(artifact({ published }), folder, {});
    pages[`/${FILE}.sha512`] = written(sum('another', 'sha512'));
    await expect(fetchArtifact(artifact({ published }), folder, {})).rejects.toThrow(
      'is not the one whose checksum',
    );
  });

  test('that does not exist is an error with the address, the reason and what to do', async () => {
    pages = {};
    await expect(fetchArtifact(artifact(), folder, {})).rejects.toThrow(
      `${address}/${FILE} can't be fetched (status 404): check the network, or correct the address in infra/artifacts.ts.`,
    );
  });

  test('whose response breaks off is an error that says so', async () => {
    server.removeAllListeners('request').on('request', (_, response) => {
      response
        .writeHead(200, { 'content-length': 1_000_000 })
        .write('the beginning', () => response.destroy());
    });
    await expect(fetchArtifact(artifact(), folder, {})).rejects.toThrow(
      `${address}/${FILE} can't be fetched (other side closed): check the network`,
    );
  });
});

describe('the bucket', () => {
  let aws: Aws;
  let shelf: Shelf;

  beforeEach(() => {
    aws = makeAws('eu-west-1', address);
    const record = path.join(folder, 'artifacts.lock.json');
    shelf = { bucket: 'artifacts', cache: path.join(folder, 'cache'), artifacts: [artifact()], record };
  });

  const upload = () => uploadArtifacts(aws, shelf, () => {});

  test('gets the file, and its checksum in SHA256SUMS; the repository gets a record of the file', async () => {
    await upload();
    expect(objects.get(`/artifacts/artifacts/${FILE}`)).toEqual({
      body: Buffer.from('the file'),
      checksum: sum('the file', 'sha256', 'base64'),
    });
    expect(String(objects.get('/artifacts/artifacts/SHA256SUMS')?.body)).toBe(
      `${sum('the file')}  ${FILE}\n`,
    );
    expect(JSON.parse(await readFile(String(shelf.record), 'utf8'))).toEqual({
      [FILE]: { address: `${address}/${FILE}`, bytes: 8, sha256: sum('the file') },
    });
    expect(await missingArtifacts(aws, shelf)).toEqual([]);
  });

  test('gets only SHA256SUMS again if it has all recorded files, because an interrupted upload may have omitted SHA256SUMS', async () => {
    await upload();
    asked = [];
    objects.delete('/artifacts/artifacts/SHA256SUMS');
    await upload();
    expect(asked).toEqual([`HEAD /artifacts/artifacts/${FILE}`, 'PUT /artifacts/artifacts/SHA256SUMS']);
    expect(String(objects.get('/artifacts/artifacts/SHA256SUMS')?.body)).toBe(
      `${sum('the file')}  ${FILE}\n`,
    );
  });

  test('gets the recorded file again if the file was replaced', async () => {
    await upload();
    objects.set(`/artifacts/artifacts/${FILE}`, {
      body: Buffer.from('x'),
      checksum: sum('x', 'sha256', 'base64'),
    });
    expect((await missingArtifacts(aws, shelf)).map(({ file }) => file)).toEqual([FILE]);
    await upload();
    expect(String(objects.get(`/artifacts/artifacts/${FILE}`)?.body)).toBe('the file');
  });

  test('is not changed if the record is damaged; the error is one sentence', async () => {
    await writeFile(String(shelf.record), '{');
    await expect(upload()).rejects.toThrow(
      'artifacts.lock.json is damaged or cut off: restore it from the repository.',
    );
  });
});

test('a connection that breaks during the answer is one sentence, and retriable', async () => {
  const breaking = http.createServer((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  });
  await new Promise<void>((listening) => breaking.listen(0, '127.0.0.1', listening));
  const { port } = breaking.address() as AddressInfo;
  const asked = makeAws('eu-west-1', `http://127.0.0.1:${port}`).call({ service: 'sts' });
  await expect(asked).rejects.toMatchObject({ code: 'AWS_UNREACHABLE', retriable: true });
  breaking.close();
});

test('AWS that is busy is not a problem of the credentials', async () => {
  const busy = await ScriptedHttp.start();
  for (const status of [429, 503]) {
    busy.answers = [{ status, body: { message: 'Rate exceeded' } }];
    await expect(whoAmI(makeAws('eu-west-1', busy.url))).rejects.toMatchObject({
      message: `AWS returned ${status} for sts:GetCallerIdentity: Rate exceeded.`,
      retriable: true,
    });
  }
  await busy.stop();
});

/** Runs the doctor; resolves with its exit code and its lines. */
async function examined(
  fake: FakeAws,
  { upload = false, infra = readInfraSettings('demo') } = {},
): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  const settings = {
    PIPELINE_ID: 'demo',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: fake.url,
    PIPELINE_CACHE: folder,
  };
  try {
    const session = await signIn(readSettings(settings));
    return { code: await examine({ ...session, infra }, { upload }), lines };
  } finally {
    log.mockRestore();
  }
}

test('the doctor reports a bucket that exists but can not be accessed, and names the region', async () => {
  class DenyingAws extends FakeAws {
    static override start = async () => new DenyingAws().listen();
    protected override async serve(request: http.IncomingMessage, response: http.ServerResponse) {
      if (request.method === 'HEAD') response.writeHead(403).end();
      else await super.serve(request, response);
    }
  }
  const fake = await DenyingAws.start();
  const { code, lines } = await examined(fake);
  expect(code).toBe(1);
  expect(lines.find((line) => line.includes(' bucket '))).toContain(
    "pinterest-demo-landing exists, and these credentials can't access it in eu-west-1",
  );
  await fake.stop();
});

describe('the doctor', () => {
  const version = readInfraSettings('demo').kafka.version;
  const other = '4.1.x.kraft';

  test.each([
    [
      'accepts a version of Kafka that MSK offers',
      'ACTIVE',
      `ok  kafka        MSK offers Kafka ${version} in eu-west-1`,
    ],
    [
      'reports a version of Kafka that MSK no longer offers, and names the versions that it offers',
      'DEPRECATED',
      `!!  kafka        MSK doesn't offer Kafka ${version} in eu-west-1 (DEPRECATED): set kafka.version in infra/settings.yml to an active version (${other}), and the version`,
    ],
    ['reports a version of Kafka that MSK does not list', undefined, `(not listed): set kafka.version`],
  ])('%s', async (_, status, line) => {
    const fake = await FakeAws.start();
    // The version is on the second page.
    fake.kafkaVersions = [{ '2.8.1': 'DEPRECATED', [other]: 'ACTIVE' }, status ? { [version]: status } : {}];
    const { lines } = await examined(fake);
    expect(lines.find((text) => text.slice(4).startsWith('kafka '))).toContain(line);
    await fake.stop();
  });

  test.each([
    [
      'checks the quota of a stack whose creation has failed',
      'kafka',
      'ROLLBACK_COMPLETE',
      '!!  vpcs         AWS returned 400 for ec2:DescribeVpcs',
    ],
    ['omits the quota of a deployed stack', 'kafka', 'UPDATE_COMPLETE', 'ok  vpcs         already deployed'],
    [
      'omits the quota of a stack that is being updated',
      'kafka',
      'UPDATE_IN_PROGRESS',
      'ok  vpcs         already deployed',
    ],
    [
      'omits the quota of a stack whose update has failed',
      'kafka',
      'UPDATE_FAILED',
      'ok  vpcs         already deployed',
    ],
    [
      'looks for the files in the bucket of a stack whose update has failed',
      'storage',
      'UPDATE_ROLLBACK_FAILED',
      'missing: "npm run infra doctor -- --upload" fetches and records them',
    ],
    [
      'reports a bucket that is older than its stack, as the deployment does',
      'storage',
      'REVIEW_IN_PROGRESS',
      '!!  bucket       pinterest-demo-landing exists without stack storage',
    ],
    [
      'accepts the bucket of a stack that is being changed',
      'storage',
      'UPDATE_IN_PROGRESS',
      "ok  bucket       pinterest-demo-landing is the pipeline's",
    ],
    [
      'checks the quota of addresses if Airflow is enabled after the cluster was deployed',
      'kafka',
      'CREATE_COMPLETE',
      '!!  addresses    AWS returned 400 for ec2:DescribeAddresses',
    ],
    [
      'omits the quota of addresses if Airflow is deployed',
      'orchestration',
      'CREATE_COMPLETE',
      'ok  addresses    already deployed',
    ],
  ])('%s', async (_, part, status, line) => {
    const fake = await FakeAws.start();
    fake.stacks.set(`pinterest-demo-${part}`, { status });
    fake.versions.set('pinterest-demo-landing', []);
    const infra = readInfraSettings('demo', { text: 'profile: trial\norchestration: { enabled: true }' });
    const { lines } = await examined(fake, { infra });
    expect(lines.join('\n')).toContain(line);
    await fake.stop();
  });

  test('prints control characters of an answer as symbols', async () => {
    class RawAws extends FakeAws {
      static override start = async () => new RawAws().listen();
      protected override async serve(request: http.IncomingMessage, response: http.ServerResponse) {
        if (request.url?.startsWith('/v1/kafka-versions'))
          response.writeHead(403).end('{"message":"no\u009b2J"}');
        else await super.serve(request, response);
      }
    }
    const fake = await RawAws.start();
    const { lines } = await examined(fake);
    expect(lines.find((line) => line.startsWith('!!  kafka '))).toMatch(/: no\ufffd2J\.$/);
    await fake.stop();
  });

  test('fetches no file from a vendor if the bucket for the files does not exist', async () => {
    const fake = await FakeAws.start();
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('no network'));
    await expect(examined(fake, { upload: true })).rejects.toThrow(
      'Bucket pinterest-demo-artifacts-123456789012-eu-west-1 does not exist: run "npm run infra deploy storage"',
    );
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
    await fake.stop();
  });
});

test.each([
  [['destroy', '--data', '--force'], 'npm run infra destroy -- --force --data --yes'],
  [['deploy', 'kafka', '--keep'], 'npm run infra deploy kafka -- --keep --yes'],
])('without a terminal, the suggested command for %j has the same flags', (args, command) => {
  expect(confirmed(parseInfraFlags(args))).toBe(command);
});

describe('npm run infra', () => {
  const run = (args: string[], env: Record<string, string> = {}) =>
    spawnSync('npm', ['run', '--silent', 'infra', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      // No profile, no environment variables and no instance role.
      env: { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env },
    });

  test.each([
    [
      ['frob'],
      {},
      'The action must be synth, diff, cost, doctor, deploy, workspace, check, seed, destroy, not frob. See --help.',
    ],
    [['deploy', 'kafak'], {}, 'There is no stack "kafak"; the stacks are budget, storage, streams, kafka,'],
    [['synth', 'kafka'], {}, '"npm run infra synth" always applies to all stacks: omit kafka.'],
    [['destroy', '--keep'], {}, '--keep can only be used with deploy: "npm run infra deploy -- --keep".'],
    [['deploy', '--wait', '5'], {}, '--wait can only be used with check: "npm run infra check -- --wait".'],
    [['check', '--wait', 'long'], {}, '--wait must be a whole number'],
    [['doctor'], {}, 'AWS_REGION is not set: it must name the region of the pipeline.'],
    [['deploy'], { AWS_REGION: 'eu-west-1' }, 'PIPELINE_ID is not set: it names the stacks'],
    [['diff'], { AWS_REGION: 'eu-west-1' }, 'PIPELINE_ID is not set: it names the stacks'],
    [['destroy'], { AWS_REGION: 'eu-west-1' }, 'PIPELINE_ID is not set: it names the stacks'],
    [['check'], {}, 'Pipeline demo has no API in AWS (AWS_REGION is not set)'],
    ...['doctor', 'deploy', 'check'].map((action): [string[], Record<string, string>, string] => [
      [action],
      { AWS_PROFILE: 'a', AWS_ACCESS_KEY_ID: 'b' },
      'AWS_PROFILE and AWS_ACCESS_KEY_ID are both set, and can belong to different accounts: unset AWS_PROFILE, or',
    ]),
    [
      ['doctor'],
      { AWS_DEFAULT_PROFILE: 'a' },
      'AWS_DEFAULT_PROFILE is set, which the CDK and the AWS CLI use',
    ],
    [
      ['doctor'],
      { PIPELINE_ID: 'my_posts' },
      "The environment variable PIPELINE_ID can't be used: expected 1 to 15 lower-case letters",
    ],
    [['doctor'], { PIPELINE_ID: 'a'.repeat(36) }, 'because it is part of names of S3 buckets, got "aaaa'],
  ])('%j with environment %j fails with one sentence', async (args, env, sentence) => {
    const unset = ['PIPELINE_ID', 'AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ACCESS_KEY_ID', 'DATABRICKS_HOST'];
    for (const name of unset) vi.stubEnv(name, '');
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    await expect(infra(args)).rejects.toThrow(sentence);
  });

  test('without credentials prints one sentence without a stack trace and exits with 1', () => {
    const { status, stderr } = run(['deploy'], { AWS_REGION: 'eu-west-1', PIPELINE_ID: 'mine' });
    expect(stderr).toContain('error: There are no AWS credentials: sign in with "aws sso login"');
    expect(stderr).not.toContain('    at ');
    expect(status).toBe(1);
  }, 180_000);
});
