/**
 * Runs the client machine's script to its end in a separate root folder and network. bash, curl, tar, sha256sum and
 * useradd are real. Amazon Linux's dnf, AWS CLI and systemd, Kafka's tools and Confluent's REST proxy are stand-ins.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARTIFACTS_FOLDER, type Artifact, artifacts } from '../../infra/artifacts.ts';
import { checksumLines } from '../../infra/doctor/record.ts';
import { machineScript } from '../../infra/kafka/machine.ts';

const STAND_INS = path.resolve(import.meta.dirname, '../fixtures/machine');
const BUCKET = 'pinterest-demo-artifacts-1-eu-west-1';
const NAMESPACES = ['--user', '--map-root-user', '--mount', '--net', '--pid', '--fork', '--kill-child'];
const PACKAGES = ['java-17-amazon-corretto-headless', 'tar', 'gzip'];

const permitted = spawnSync('unshare', [
  ...NAMESPACES,
  'sh',
  '-c',
  'ip link set lo up && command -v curl && command -v useradd',
]);
const missing =
  permitted.status === 0 ? '' : ' (namespaces, iproute2, curl or useradd are not available here)';
if (missing !== '') console.warn(`the client machine's script is not run:${missing}`);

describe.skipIf(missing !== '')(`the client machine's first boot${missing}`, () => {
  let folder: string;
  let served: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'machine-'));
    served = path.join(folder, 'served');
    await mkdir(path.join(folder, 'root'));
    await cp(path.join(STAND_INS, 'bin'), path.join(folder, 'bin'), { recursive: true });
    // enter.sh mounts the program of Node over this file.
    await writeFile(path.join(folder, 'bin', 'node'), '');
    await mkdir(path.join(served, 'packages'), { recursive: true });
    for (const name of PACKAGES) await writeFile(path.join(served, 'packages', `${name}.rpm`), name);
    const bucket = path.join(served, 's3', BUCKET, ARTIFACTS_FOLDER);
    await mkdir(bucket, { recursive: true });
    await archive(bucket, artifacts.kafka, 'kafka-topics.sh');
    await archive(bucket, artifacts.confluent, 'kafka-rest-start');
    await writeFile(path.join(bucket, artifacts.mskIam.file), 'a jar');
    const record = await Promise.all(
      [artifacts.kafka, artifacts.confluent, artifacts.mskIam].map(async ({ file, address }) => {
        const bytes = await readFile(path.join(bucket, file));
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        return [file, { address, bytes: bytes.length, sha256 }] as const;
      }),
    );
    await writeFile(path.join(bucket, 'SHA256SUMS'), checksumLines(Object.fromEntries(record)));
    const script = machineScript({
      id: 'demo',
      region: 'eu-west-1',
      artifactsBucket: BUCKET,
      bootstrap: 'b-1.kafka.test:9098,b-2.kafka.test:9098',
      topics: ['demo.pin', 'demo.geo'],
      topicFlags: ['--partitions', '3', '--config', 'retention.ms=3600000'],
      readyUrl: 'http://127.0.0.1:9000/ready?Signature=a%2Bb',
    });
    await writeFile(path.join(served, 'user-data'), script);
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Makes an archive as the vendors do: a folder whose name has the version, and the program in the folder's `bin`. */
  async function archive(bucket: string, { file }: Artifact, program: string): Promise<void> {
    const name = file.replace(/\.(tgz|tar\.gz)$/, '');
    const bin = path.join(folder, 'archives', name, 'bin');
    await mkdir(bin, { recursive: true });
    await cp(path.join(STAND_INS, program), path.join(bin, program));
    const from = path.join(folder, 'archives');
    const words = ['--create', '--gzip', `--file=${path.join(bucket, file)}`, `--directory=${from}`, name];
    expect(spawnSync('tar', words).status).toBe(0);
  }

  /** Runs the script `times` times on one machine. Returns the exit code, the signals, and a reader of the machine's files. */
  async function boot(times = 1) {
    const words = [
      path.join(folder, 'root'),
      path.join(folder, 'bin'),
      process.execPath,
      served,
      String(times),
    ];
    const child = spawn('unshare', [...NAMESPACES, path.join(STAND_INS, 'enter.sh'), ...words], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const [code] = (await once(child, 'exit')) as [number];
    const lines = (await readFile(path.join(served, 'signals'), 'utf8')).trim().split('\n');
    const signals = lines.map((line) => JSON.parse(line) as { type: string; body: string });
    return {
      code,
      signals: signals.map(({ type, body }) => ({ type, ...(JSON.parse(body) as Signal) })),
      file: (name: string) => readFile(path.join(folder, 'root', name), 'utf8'),
    };
  }

  test('creates the topics, starts the REST proxy and signals success, also if the script runs a second time', async () => {
    const { code, signals, file } = await boot(2);
    expect([code, await file('var/log/cloud-init-output.log')]).toEqual([
      0,
      expect.not.stringContaining('rror'),
    ]);
    const ready = {
      type: '',
      Status: 'SUCCESS',
      UniqueId: 'client',
      Reason: 'topics and REST proxy are ready',
    };
    expect(signals).toEqual([expect.objectContaining(ready), expect.objectContaining(ready)]);
    const made = (topic: string) =>
      `--bootstrap-server b-1.kafka.test:9098,b-2.kafka.test:9098 --command-config /etc/pipeline/client.properties ` +
      `--create --if-not-exists --topic ${topic} --partitions 3 --config retention.ms=3600000`;
    const topics = ['demo.pin', 'demo.geo'].map(made);
    expect((await file('var/log/topics')).trim().split('\n')).toEqual([...topics, ...topics]);
    expect(await file('answer')).toBe('["a topic"]');
    expect(await file('etc/passwd')).toMatch(/^kafka-rest:.*:\/sbin\/nologin$/m);
  });

  test('fails if a package is missing in the mirror; the signal has the number of the failed line and the reason', async () => {
    await rm(path.join(served, 'packages', `${PACKAGES[0]}.rpm`));
    const { code, signals } = await boot();
    expect(code).not.toBe(0);
    expect(signals).toEqual([
      expect.objectContaining({
        Status: 'FAILURE',
        Reason: expect.stringMatching(
          /^the client machine stopped at line \d+: Error: Unable to find a match: java-17-amazon-corretto-headless\|$/,
        ),
      }),
    ]);
  });

  test('fails before it runs a file that differs from the recorded file', async () => {
    await writeFile(path.join(served, 's3', BUCKET, ARTIFACTS_FOLDER, artifacts.mskIam.file), 'another jar');
    const { code, signals, file } = await boot();
    expect(code).not.toBe(0);
    expect(signals[0]?.Reason).toContain(`${artifacts.mskIam.file}: FAILED|`);
    await expect(file('var/log/topics')).rejects.toThrow('ENOENT');
  });

  test('fails if a file is missing from the bucket', async () => {
    await rm(path.join(served, 's3', BUCKET, ARTIFACTS_FOLDER, artifacts.confluent.file));
    const { signals } = await boot();
    expect(signals[0]).toMatchObject({ Status: 'FAILURE', Reason: expect.stringContaining('(404)') });
  });
});

interface Signal {
  readonly Status: string;
  readonly Reason: string;
  readonly UniqueId: string;
}
