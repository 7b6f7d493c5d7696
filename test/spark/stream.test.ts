/** The streaming pipeline: what comes through Kinesis ends as the same records do that land as files, whatever happens on the way. */
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../local/kinesis/emulator.ts';
import { emulatorEndpoint, emulatorEnvironment } from '../../local/streams.ts';
import { rawTable, streamName } from '../../src/names.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { randomOf, timesUnderFaults } from '../fixtures/faults.ts';
import { type Row, SparkUnderTest } from '../fixtures/pipeline.ts';
import { type Records, recordsOf, StreamPipeline } from '../fixtures/stream.ts';
import { compareRows } from '../referee/compare.ts';
import { mischief } from '../referee/mischief.ts';

const DATASETS = ['pin', 'geo', 'user'] as const;
const SEED = 31;
/** On a busy machine a query takes this long to come up and to bring its first record. */
const PATIENCE = { timeout: 240_000, interval: 2000 };

let emulator: Emulator;
let spark: SparkUnderTest;
/** The same set for all: the records, and the tables that they give as files. */
let records: Records;
let fromFiles: Record<string, Row[]>;

beforeAll(async () => {
  emulator = await startEmulator();
  spark = await SparkUnderTest.start({ environment: emulatorEnvironment(emulator.endpoint) });
  const files = mischief({ seed: SEED, openCases: false, posts: 20 });
  records = recordsOf(files);
  const pipeline = await spark.pipeline('files');
  for (const name of DATASETS) await pipeline.land(name, files[name]);
  await pipeline.mount();
  await pipeline.job();
  fromFiles = await pipeline.tables();
});
afterAll(async () => {
  await spark?.stop();
  await emulator?.stop();
});

function expectSame(tables: Record<string, Row[]>, when: string): void {
  for (const [table, rows] of Object.entries(tables))
    expect(compareRows(rows, fromFiles[table] ?? []), `${table}, ${when}`).toBeUndefined();
}

/** Every record that was sent is in raw once, and what became of it is known. */
async function expectSums(pipeline: StreamPipeline, sent: Records): Promise<void> {
  for (const [name, account] of Object.entries(await pipeline.accounts())) {
    const { raw, clean, superseded, rejected, rejected_again, lost } = account;
    expect({ raw, lost }, name).toEqual({ raw: sent[name]?.length, lost: 0 });
    expect(clean + superseded + rejected + rejected_again, name).toBe(raw);
  }
}

describe('the same records through Kinesis and as files', () => {
  let pipeline: StreamPipeline;
  beforeAll(async () => {
    pipeline = await StreamPipeline.open(spark, emulator, 'streamed');
    await pipeline.send(records);
    await pipeline.drain();
    await pipeline.job('stream_answers');
  });

  test('give the same clean and rejected rows and the same answers', async () => {
    expectSame(await pipeline.tables(), 'through Kinesis');
    await expectSums(pipeline, records);
  });

  test('lost commits of every query are made up for: batches are replayed, nothing is there twice', async () => {
    const before = await pipeline.tables({ positions: true });
    for (const name of DATASETS) {
      const [generation = ''] = readdirSync(path.join(pipeline.checkpoints, rawTable(name)));
      for (const checkpoint of [path.join(rawTable(name), generation), `clean_${name}`])
        loseNewestCommit(path.join(pipeline.checkpoints, checkpoint));
    }
    await pipeline.drain();
    expect(await pipeline.tables({ positions: true })).toEqual(before);
    await expectSums(pipeline, records);
  });
});

/** As a machine does that goes down between a batch's last write and the note that it is done. */
function loseNewestCommit(checkpoint: string): void {
  const commits = path.join(checkpoint, 'commits');
  const newest = Math.max(
    ...readdirSync(commits)
      .filter((file) => /^\d+$/.test(file))
      .map(Number),
  );
  expect(newest).toBeGreaterThanOrEqual(0);
  for (const file of [`${newest}`, `.${newest}.crc`]) rmSync(path.join(commits, file), { force: true });
}

describe('while the stream runs', () => {
  const post = (ind: number, year: number): Records => ({
    pin: [json({ index: ind, title: 'A pin', category: 'art' })],
    geo: [json({ ind, country: 'Gambia', timestamp: '2020-01-01 00:00:00' })],
    user: [json({ ind, first_name: 'Ann', age: 30, date_joined: `${year}-01-01 00:00:00` })],
  });
  let pipeline: StreamPipeline;
  let job: ReturnType<StreamPipeline['start']>;
  beforeAll(async () => {
    pipeline = await StreamPipeline.open(spark, emulator, 'running');
    job = pipeline.start();
    await pipeline.send(post(1, 2015));
    await Promise.race([job.failed, visible([1])]);
  });
  afterAll(() => job?.stop());

  const visible = (inds: number[]) =>
    vi.waitFor(async () => {
      const tables = await Promise.all(DATASETS.map((name) => rowsOrNone(pipeline, `clean_${name}`)));
      const found = tables.map((rows) => rows.map(({ ind }) => Number(ind)).sort());
      expect(found).toEqual([inds, inds, inds]);
    }, PATIENCE);

  test('records that are none are set aside with shard and sequence number, and those after them get through', async () => {
    const poison = {
      binary: Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      empty: Buffer.alloc(0),
      'a mebibyte': Buffer.alloc(2 ** 20 - 'key'.length, 'x'),
      "another stream's record": post(7, 2015).geo?.[0] as Buffer,
    };
    const positions = await putEach(pipeline.id, Object.values(poison));
    await pipeline.send(post(2, 2015));
    await Promise.race([job.failed, visible([1, 2])]);

    const rejected = await vi.waitFor(async () => {
      const rows = await pipeline.rows('rejected_pin');
      expect(rows).toHaveLength(positions.length);
      return rows;
    }, PATIENCE);
    const kinds = Object.fromEntries(
      Object.keys(poison).map((kind, nth) => {
        const row = rejected.find(({ _position }) => _position === positions[nth]);
        return [kind, row && { reasons: row.reasons, kept: row.kept, length: String(row.record).length }];
      }),
    );
    expect(kinds).toEqual({
      binary: { reasons: ['not JSON'], kept: false, length: 4 },
      empty: { reasons: ['not JSON'], kept: false, length: 0 },
      'a mebibyte': { reasons: ['not JSON'], kept: false, length: 2 ** 20 - 3 },
      "another stream's record": {
        reasons: [expect.stringMatching(/record.*\bpin\b/)],
        kept: false,
        length: poison["another stream's record"].length,
      },
    });
  });

  test('an answer is refreshed beside it', async () => {
    const joined = async () => {
      await pipeline.notebook('4_answers/users_joined_by_year.sql', pipeline.parameters);
      const rows = await pipeline.rows('users_joined_by_year');
      return Object.fromEntries(rows.map(({ join_year, users_joined }) => [join_year, users_joined]));
    };
    expect(await joined()).toEqual({ 2015: 1 });
    await pipeline.send(post(3, 2016));
    await Promise.race([job.failed, visible([1, 2, 3])]);
    expect(await joined()).toEqual({ 2015: 1, 2016: 1 });
  });
});

test(`Spark killed at ${timesUnderFaults(2, 20)} random moments of a running stream, seed ${SEED}`, async () => {
  const kills = timesUnderFaults(2, 20);
  /** While records come, from the first batch on: appends, merges and commits are all under way. */
  const span = 10_000;
  const random = randomOf(SEED);
  const pipeline = await StreamPipeline.open(spark, emulator, 'killed');
  const inRaw = async () => (await rowsOrNone(pipeline, 'raw_pin')).length;
  for (let kill = 0; kill < kills; kill++) {
    const some = part(records, kill, kills + 1);
    const before = await inRaw();
    const job = pipeline.start();
    await pipeline.send(cut(some, 0, 1));
    const running = vi.waitFor(async () => expect(await inRaw()).toBeGreaterThan(before), PATIENCE);
    await Promise.race([job.failed, running]);
    const sending = pipeline.send(cut(some, 1), ((some.pin?.length ?? 0) / span) * 1000);
    await sleep(random() * span);
    await spark.crash();
    await sending;
    await spark.restart();
  }
  await pipeline.send(part(records, kills, kills + 1));
  await pipeline.drain();
  await expectSums(pipeline, records);
  expectSame(await pipeline.tables({ answers: false }), `after ${kills} kills`);
}, 3_600_000);

const json = (fields: object): Buffer => Buffer.from(JSON.stringify(fields));

/** Each dataset's records from the nth to before another. */
const cut = (all: Records, from: number, to?: number): Records =>
  Object.fromEntries(Object.entries(all).map(([name, lines]) => [name, lines.slice(from, to)]));

/** The nth of so many parts; the last one is the longest. */
function part(all: Records, nth: number, parts: number): Records {
  const size = Math.floor(Math.min(...Object.values(all).map(({ length }) => length)) / parts);
  return cut(all, nth * size, nth + 1 === parts ? undefined : (nth + 1) * size);
}

/** A table's rows, none while a task has yet to make it. */
const rowsOrNone = (pipeline: StreamPipeline, table: string): Promise<Row[]> =>
  pipeline.rows(table).catch((error: Error) => {
    if (error.message.includes('TABLE_OR_VIEW_NOT_FOUND')) return [];
    throw error;
  });

/** Puts records into the pin stream, past the producer, and gives the position of each as the tables write it. */
async function putEach(id: string, records: readonly Buffer[]): Promise<string[]> {
  const client = kinesisClient(emulatorEndpoint(emulator.endpoint), 1);
  const positions: string[] = [];
  for (const Data of records) {
    const answer = await client.send(
      new PutRecordCommand({ StreamName: streamName(id, 'pin'), PartitionKey: 'key', Data }),
    );
    positions.push(`${answer.SequenceNumber?.padStart(129, '0')} ${answer.ShardId}`);
  }
  client.destroy();
  return positions;
}
