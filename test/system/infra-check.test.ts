/** `npm run infra check` with the emulators: a marked record passes every hop, and each broken hop is named. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { check } from '../../infra/check/check.ts';
import { install } from '../../local/install/install.ts';
import { type Broker, createTopics, startBroker } from '../../local/kafka/broker.ts';
import { startRestProxy } from '../../local/kafka/rest-proxy.ts';
import { type Sink, startSink } from '../../local/kafka/sink.ts';
import { EMULATOR_CREDENTIALS, type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { type Gateway, startGateway } from '../../local/kinesis/gateway.ts';
import type { ServerProcess } from '../../local/server-process.ts';
import { emulatorEndpoint } from '../../local/streams.ts';
import { connectorProperties } from '../../src/connector.ts';
import type { Connection } from '../../src/databricks/connection.ts';
import { openSql, type Sql } from '../../src/databricks/sql.ts';
import { streamName, topicName } from '../../src/names.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { createStream } from '../../src/producer/sinks/kinesis-streams.ts';
import { readSettings } from '../../src/settings.ts';
import { readStream } from '../fixtures/kinesis-reader.ts';
import { type SqlWorkspace, startSqlWorkspace } from '../fixtures/sql-workspace.ts';

const ID = 'checked';
const REGION = EMULATOR_CREDENTIALS.AWS_REGION;
/** The columns of a raw table. */
const RAW = '(record STRING, arrived TIMESTAMP, position STRING)';
/** An address that HTTP clients accept and at which nothing listens. */
const NOBODY = 'http://127.0.0.1:2';

let folder: string;
let broker: Broker;
let proxy: ServerProcess;
let emulator: Emulator;
let gateway: Gateway;
let sink: Sink;
let said: string[];

beforeAll(async () => {
  const environment = { ...EMULATOR_CREDENTIALS, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  folder = await mkdtemp(path.join(os.tmpdir(), 'infra-check-'));
  const installed = await install(readSettings());
  broker = await startBroker({ installed, state: path.join(folder, 'kafka') });
  await createTopics(broker.brokers, [topicName(ID, 'pin')]);
  proxy = await startRestProxy({ brokers: broker.brokers });
  emulator = await startEmulator();
  const client = kinesisClient(emulatorEndpoint(emulator.endpoint));
  await createStream(client, streamName(ID, 'pin'));
  client.destroy();
  gateway = await startGateway({ id: ID, kinesis: emulator.endpoint, rest: proxy.endpoint });
  sink = await startSink({
    brokers: broker.brokers,
    properties: connectorProperties({
      id: ID,
      bucket: 'landing',
      region: REGION,
      flushSize: 1000,
      rotateMs: 500,
      storeUrl: pathToFileURL(folder).href,
    }),
  });
});

afterAll(async () => {
  await sink?.stop();
  await gateway?.stop();
  await emulator?.stop();
  await proxy?.stop();
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

/** Runs the check with the emulators' settings; `changes` replaces some of them. */
function run(
  changes: Record<string, string> = {},
  waitSeconds = 200,
  connection?: Connection,
  say: (line: string) => void = () => {},
): Promise<number> {
  said = [];
  const settings = readSettings({
    ...EMULATOR_CREDENTIALS,
    PIPELINE_ID: ID,
    REST_URL: gateway.invokeUrl,
    REST_AUTH: 'iam',
    GATEWAY_URL: gateway.invokeUrl,
    AWS_ENDPOINT_URL_KINESIS: emulator.endpoint,
    ...changes,
  });
  const bucket = path.join(folder, 'landing');
  return check(settings, connection, { bucket, waitSeconds, intervalMs: 100 }, (line) => {
    said.push(line);
    say(line);
  });
}

/** Returns mark and hop, such as `ok API`, of the output lines from index `from` to before index `to`. */
const hops = (from: number, to?: number) =>
  said.slice(from, to).map((line) => /^(\S+) {2}(\w+ ?\w+)/.exec(line)?.slice(1).join(' '));

test('a record passes every hop of both pipelines, and the time of each is printed', async () => {
  const code = await run();
  // The lines are compared before the exit code, because they show which hop is broken.
  expect(said.map((line) => line.replace(/\d+\.\d s/, 'N s'))).toEqual([
    'Batch pipeline:',
    expect.stringMatching(/^ok {2}API +N s {2}http:\/\/127\.0\.0\.1:\d+\/prod answers$/),
    expect.stringMatching(/^ok {2}REST proxy +N s {2}lists \d+ topics$/),
    expect.stringMatching(/^ok {2}topic +N s {2}checked\.pin, partition \d, offset 0$/),
    expect.stringMatching(
      /^ok {2}object +N s {2}topics\/checked\.pin\/partition=\d\/checked\.pin\+\d\+0000000000\.json$/,
    ),
    '--  table: not checked, because DATABRICKS_HOST and DATABRICKS_TOKEN are not set',
    'Streaming pipeline:',
    expect.stringMatching(/^ok {2}API +N s {2}http:\/\/127\.0\.0\.1:\d+\/prod answers$/),
    expect.stringMatching(/^ok {2}stream +N s {2}streaming-checked-pin, shardId-\d+$/),
    expect.stringMatching(/^ok {2}read back +N s {2}as it was sent$/),
    '--  table: not checked, because DATABRICKS_HOST and DATABRICKS_TOKEN are not set',
  ]);
  expect(code).toBe(0);
});

describe('with a workspace, whose tables are queried through SQL', () => {
  let started: SqlWorkspace;
  let sql: Sql;
  const { schema, streamSchema } = readSettings({}).tables;

  beforeAll(async () => {
    started = await startSqlWorkspace();
    sql = await openSql(started.workspace);
    await sql.query(`CREATE SCHEMA IF NOT EXISTS ${streamSchema}`);
    for (const name of [schema, streamSchema]) await sql.query(`CREATE TABLE ${name}.raw_pin ${RAW}`);
  });
  afterAll(async () => {
    await sql?.close();
    await started?.close();
  });

  /** Each function replaces a job. It is called after the check has found the record in the bucket or the stream. */
  const jobs = {
    batch: async (object: string) => {
      const file = path.join(folder, 'landing', object);
      await sql.query(`INSERT INTO ${schema}.raw_pin SELECT value, now(), :object FROM text.\`${file}\``, {
        parameters: { object },
      });
    },
    stream: async () => {
      for (const { line, shard } of await readStream(emulator.endpoint, streamName(ID, 'pin')))
        await sql.query(`INSERT INTO ${streamSchema}.raw_pin VALUES (:line, now(), :shard)`, {
          parameters: { line: line.toString(), shard },
        });
    },
  };

  async function runWith(working: Partial<typeof jobs>, waitSeconds: number): Promise<number> {
    const done: Promise<void>[] = [];
    const code = await run({}, waitSeconds, started.workspace, (line) => {
      const object = /^ok {2}object .* (topics\/\S+)$/.exec(line)?.[1];
      if (object !== undefined && working.batch) done.push(working.batch(object));
      if (line.startsWith('ok  read back') && working.stream) done.push(working.stream());
    });
    await Promise.all(done);
    return code;
  }

  test('the record is found in the raw table of each pipeline', async () => {
    expect(await runWith(jobs, 200)).toBe(0);
    expect(hops(4, 6)).toEqual(['ok object', 'ok table']);
    expect(said[5]).toMatch(new RegExp(`s  ${schema}\\.raw_pin, at topics/checked\\.pin/partition=\\d/`));
    expect(hops(9, 11)).toEqual(['ok read back', 'ok table']);
    expect(said[10]).toContain(`${streamSchema}.raw_pin, at shardId-`);
  });

  test('a raw table that does not exist is reported', async () => {
    await sql.query(`DROP TABLE ${schema}.raw_pin`);
    expect(await runWith({ stream: jobs.stream }, 200)).toBe(1);
    expect(hops(4, 6)).toEqual(['ok object', '!! table']);
    expect(said[5]).toContain('raw_pin');
    expect(hops(10)).toEqual(['ok table']);
  });
});

describe('a broken hop is named, and the hops after it are not reached', () => {
  test('the API is named if nothing answers at its address', async () => {
    expect(await run({ REST_URL: NOBODY, GATEWAY_URL: NOBODY })).toBe(1);
    expect(said[1]).toMatch(/^!! {2}API .* No server responds at http:\/\/127\.0\.0\.1:2/);
    expect(said[2]).toBe('--  REST proxy, topic, object: not reached');
    expect(said[4]).toMatch(/^!! {2}API /);
  });

  test("the API is named if it rejects the caller's credentials", async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
    expect(await run()).toBe(1);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', EMULATOR_CREDENTIALS.AWS_SECRET_ACCESS_KEY);
    expect(said[1]).toMatch(/^!! {2}API .* rejected the request \(403, InvalidSignatureException\)/);
    expect(said[4]).toMatch(/^!! {2}API .* rejected the request \(403/);
  });

  test('the REST proxy is named if it does not answer', async () => {
    const without = await startGateway({ id: ID, kinesis: emulator.endpoint, rest: NOBODY });
    expect(await run({ REST_URL: without.invokeUrl, GATEWAY_URL: without.invokeUrl })).toBe(1);
    await without.stop();
    expect(hops(1, 3)).toEqual(['ok API', '!! REST proxy']);
    expect(said[2]).toContain('see "journalctl -u kafka-rest" on the client machine');
    // The streaming pipeline does not need the REST proxy.
    expect(hops(5, 8)).toEqual(['ok API', 'ok stream', 'ok read back']);
  });

  test('the API is named if Kinesis does not answer it', async () => {
    const without = await startGateway({ id: ID, kinesis: NOBODY, rest: proxy.endpoint });
    expect(await run({ GATEWAY_URL: without.invokeUrl })).toBe(1);
    await without.stop();
    expect(hops(7, 8)).toEqual(['!! API']);
    expect(said[7]).toContain("the API can't list the streams (");
    expect(said[8]).toBe('--  stream, read back: not reached');
  });

  test('topic and stream are named if they do not exist', async () => {
    expect(await run({ PIPELINE_ID: 'other' })).toBe(1);
    expect(hops(1, 4)).toEqual(['ok API', 'ok REST proxy', '!! topic']);
    expect(said[3]).toContain('rejects a record for other.pin');
    expect(hops(6, 8)).toEqual(['ok API', '!! stream']);
    expect(said[7]).toContain('stream streaming-other-pin rejects the record');
  });

  test('the hop "read back" is named if the command does not read the stream to which the API writes', async () => {
    const another = await startEmulator();
    const code = await run({ AWS_ENDPOINT_URL_KINESIS: another.endpoint });
    await another.stop();
    expect(code).toBe(1);
    expect(hops(7)).toEqual(['ok API', 'ok stream', '!! read back']);
  });

  // This must be the last test, because it stops the sink.
  test('the object is named if the sink does not run', async () => {
    await sink.stop();
    expect(await run({}, 2)).toBe(1);
    expect(hops(1, 5)).toEqual(['ok API', 'ok REST proxy', 'ok topic', '!! object']);
    expect(said[4]).toContain("contains the record after 2 s: see the connector's log group");
  });
});
