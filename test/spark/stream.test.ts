/** The streaming pipeline: records through Kinesis give the same tables as the same records in files, whatever fails in between. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { emulatorEndpoint } from '../../local/streams.ts';
import { cleanTable, rawTable, streamName } from '../../src/names.ts';
import { kinesisClient } from '../../src/producer/sinks/kinesis-client.ts';
import { ROOT } from '../../src/root.ts';
import { loseNewestCommit } from '../fixtures/checkpoint.ts';
import { Pipeline, type Row } from '../fixtures/pipeline.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';
import { expectSums, part, type Records, recordsOf, StreamPipeline } from '../fixtures/stream.ts';
import { compareRows } from '../referee/compare.ts';
import { mischief } from '../referee/mischief.ts';

const DATASETS = ['pin', 'geo', 'user'] as const;
const ANSWERS = ['users_joined_by_year'];
const SEED = 31;
/** In milliseconds: the time limit for a query to start and write a record on a busy machine, and the polling interval. */
const PATIENCE = { timeout: 240_000, interval: 2000 };

let spark: SharedSpark;
/** The records that the tests share, and the tables that result if these records arrive as files. */
let records: Records;
let fromFiles: Record<string, Row[]>;

beforeAll(async () => {
  spark = await SharedSpark.open();
  const files = mischief({ seed: SEED, posts: 20 });
  records = recordsOf(files);
  const pipeline = await Pipeline.open(spark, 'files');
  for (const name of DATASETS) await pipeline.land(name, files[name]);
  await pipeline.job('batch', { only: [...DATASETS.map(cleanTable), ...ANSWERS] });
  fromFiles = await pipeline.tables({ answers: ANSWERS });
});
afterAll(() => spark?.stop());

function expectSame(tables: Record<string, Row[]>, when: string): void {
  for (const [table, rows] of Object.entries(tables))
    expect(compareRows(rows, fromFiles[table] ?? []), `${table}, ${when}`).toBeUndefined();
}

describe('records through Kinesis', () => {
  let pipeline: StreamPipeline;
  beforeAll(async () => {
    pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'streamed');
    await pipeline.send(records);
    await pipeline.drain();
    await pipeline.job('stream_answers', { only: ANSWERS });
  });

  test('give the same clean rows, rejected rows and answer as the same records in files', async () => {
    expectSame(await pipeline.tables({ answers: ANSWERS }), 'through Kinesis');
    await expectSums(pipeline, records);
  });

  test('a batch whose commit is lost runs again without duplicates, even if it was killed between its writes', async () => {
    const before = await pipeline.tables({ positions: true });
    for (const name of DATASETS) {
      const query = path.join(pipeline.checkpoints, rawTable(name));
      const [generation = ''] = readdirSync(query);
      await loseNewestCommit(path.join(query, generation));
    }
    for (const table of ['clean_pin', 'rejected_pin', 'rejected_geo'])
      await spark.kernel.sql(`RESTORE TABLE ${pipeline.id}.${table} TO VERSION AS OF 0`);
    await pipeline.drain();
    expect(await pipeline.tables({ positions: true })).toEqual(before);
    await expectSums(pipeline, records);
  });
});

test('a stream after a rebuild first cleans the records that the rebuild has not cleaned', async () => {
  const pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'resumed');
  const user = (ind: number) => ({ user: [Buffer.from(`{"ind": ${ind}, "age": 30}`)] });
  const run = () =>
    pipeline.notebook('3_clean/user.py', {
      ...pipeline.parameters,
      trigger: 'availableNow',
      source: 'kinesis',
    });
  await pipeline.send(user(1));
  await run();
  await pipeline.notebook('5_rebuild.py', { ...pipeline.parameters, dataset: 'user' });
  expect(readdirSync(pipeline.checkpoints)).toContain('clean_user');
  // As if a stream had been killed after it appended this record.
  await spark.kernel.sql(
    `INSERT INTO resumed.raw_user SELECT '{"ind": 2, "age": 30}', arrived, concat(position, ' later') FROM resumed.raw_user`,
  );
  await pipeline.send(user(3));
  await run();
  expect((await pipeline.rows('clean_user')).map(({ ind }) => ind).sort()).toEqual([1, 2, 3]);
  expect(readdirSync(pipeline.checkpoints)).not.toContain('clean_user');
});

test.each([
  ['within an hour, it relies on the replay of the batch', 0, [1]],
  ['after hours, it cleans the append from raw, because Kinesis may no longer have its records', 2, [1, 2]],
  ['after a week, it starts without the append, whose files may be deleted', 8 * 24, [1]],
])('a stream that was killed between its writes starts again: %s', async (_, hours, cleaned) => {
  const id = `stopped_${hours}`;
  const pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, id);
  const run = () => pipeline.notebook('3_clean/user.py', { ...pipeline.parameters, source: 'kinesis' });
  await pipeline.send({ user: [Buffer.from('{"ind": 1, "age": 30}')] });
  await run();
  // An append that was not cleaned. The source has no records that it can replay, as after their expiry.
  await spark.kernel.sql(
    `INSERT INTO ${id}.raw_user SELECT '{"ind": 2, "age": 30}', arrived, concat(position, ' later') FROM ${id}.raw_user`,
  );
  const [detail] = await spark.kernel.sql(`DESCRIBE DETAIL ${id}.raw_user`);
  const log = path.join(fileURLToPath(String(detail?.location)), '_delta_log');
  const seconds = Date.now() / 1000 - hours * 3600;
  for (const file of readdirSync(log)) utimesSync(path.join(log, file), seconds, seconds);
  const { output } = await run();
  expect(output.includes('raw_user got no record for 6 days. If the stream was killed')).toBe(hours > 6 * 24);
  expect((await pipeline.rows('clean_user')).map(({ ind }) => ind).sort()).toEqual(cleaned);
  expect(readdirSync(pipeline.checkpoints)).not.toContain('clean_user');
});

test('a raw table that is filled from files refuses a stream, and the reverse; a refused run changes nothing', async () => {
  const pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'mixed');
  await pipeline.land('geo', '{"ind": 1, "country": "Chad"}\n');
  const { parameters } = pipeline;
  await pipeline.notebook('3_clean/geo.py', { ...parameters, source: 'files' });
  const failureOf = async (dataset: string, source: string) => {
    const notebook = path.join(ROOT, `notebooks/3_clean/${dataset}.py`);
    return (await spark.kernel.run(notebook, { ...parameters, source })).error?.message;
  };
  expect(await failureOf('geo', 'kinesis')).toContain(
    "source is 'kinesis', but raw_geo is filled from files",
  );
  // Files that land afterwards are still read, and their records replace earlier versions.
  await pipeline.land('geo', '{"ind": 1, "country": "Mali"}\n');
  await pipeline.notebook('3_clean/geo.py', { ...parameters, source: 'files' });
  expect(await pipeline.rows('clean_geo')).toMatchObject([{ ind: 1, country: 'Mali' }]);

  await pipeline.notebook('3_clean/pin.py', { ...parameters, source: 'kinesis' });
  await pipeline.land('pin', '{"index": 1}\n');
  expect(await failureOf('pin', 'files')).toContain("source is 'files', but raw_pin is filled from kinesis");
  expect(await pipeline.rows('raw_pin')).toEqual([]);
});

/** Calls `work` with the folder of a copy of the notebooks, which it may change. */
async function withNotebooks(work: (copy: string) => Promise<void>): Promise<void> {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'notebooks-'));
  try {
    cpSync(path.join(ROOT, 'notebooks'), copy, { recursive: true });
    await work(copy);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

test('a task with a failing rule fails, but still appends raw records; after the rule is fixed, all records are cleaned', async () => {
  const pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'mended');
  await withNotebooks(async (copy) => {
    const notebook = path.join(copy, '3_clean/user.py');
    const right = readFileSync(notebook, 'utf8');
    const withRule = (kept: string) =>
      writeFileSync(notebook, right.replace('_rejected_because IS NULL AS kept', `${kept} AS kept`));
    const attempt = async () => {
      const parameters = { ...pipeline.parameters, source: 'kinesis' };
      const { error } = await spark.kernel.run(notebook, parameters);
      return error?.message;
    };
    const sent = { user: records.user ?? [] };
    const quarter = part(sent, 0, 4).user?.length ?? 0;
    const inRaw = async () => (await pipeline.rowsOrNone('raw_user')).length;
    const mark = () => readFileSync(path.join(pipeline.checkpoints, 'starting_user'), 'utf8');
    await pipeline.send(part(sent, 0, 4));
    expect(await attempt()).toBeUndefined();
    await pipeline.send(part(sent, 1, 4));
    withRule("(_position = '' OR raise_error('a rule that fails'))");
    const marks = [];
    for (const _ of [1, 2]) {
      expect(await attempt()).toContain('a rule that fails');
      marks.push(mark());
    }
    // Failed runs append records, but the marker keeps the version from which records must be cleaned.
    expect(marks).toEqual(['1', '1']);
    expect(await inRaw()).toBe(2 * quarter);
    await pipeline.send(part(sent, 2, 4));
    withRule('no_such_column');
    expect(await attempt()).toContain('no_such_column');
    expect(mark()).toBe('1');
    expect(await inRaw()).toBe(3 * quarter);
    writeFileSync(notebook, right);
    await pipeline.send(part(sent, 3, 4));
    expect(await attempt()).toBeUndefined();
    expect(await inRaw()).toBe(sent.user.length);
    for (const table of ['clean_user', 'rejected_user']) {
      const rows = (await pipeline.rows(table)).map(({ _arrived, _position, ...row }) => row);
      expect(compareRows(rows, fromFiles[table] ?? []), table).toBeUndefined();
    }
  });
});

test('a record that arrived before a run is not appended twice, in whichever batch of the run it is read', async () => {
  const pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'read_again');
  await withNotebooks(async (copy) => {
    const notebook = path.join(copy, '3_clean/pin.py');
    await pipeline.notebook('3_clean/pin.py', pipeline.parameters);
    // A new checkpoint reads such a record again. The batches are written by hand, because the emulator's source reads all old
    // records in its first batch.
    await spark.kernel.sql(
      `INSERT INTO read_again.raw_pin SELECT '{"title": "A pin", "index": ' || id || '}', TIMESTAMP '2026-01-01', id FROM range(2)`,
    );
    const written = readFileSync(notebook, 'utf8')
      .replace('arrivals, checkpoint = read(source, dataset)', 'arrivals = spark.table("raw_pin")')
      .replace('append_after_failure(arrivals)', '')
      .replace(
        'write_batches(spark.table("cleaned"))',
        'write = batch_writer()\nfor batch in (0, 1):\n    write(spark.table("cleaned").where(f"_position = {batch}"), batch)',
      );
    writeFileSync(notebook, written);
    const { error } = await spark.kernel.run(notebook, { ...pipeline.parameters, source: 'kinesis' });
    expect(error).toBeUndefined();
    expect((await pipeline.rows('raw_pin')).length).toBe(2);
    expect((await pipeline.rows('clean_pin')).length).toBe(2);
  });
});

test("a checkpoint's commits are deleted first, because a query can't start with commits but without offsets", async () => {
  await withNotebooks(async (copy) => {
    const notebook = path.join(copy, 'forget.py');
    writeFileSync(
      notebook,
      `# Databricks notebook source
# MAGIC %run ./2_raw/arrivals

# COMMAND ----------

for part in ("offsets", "commits"):
    dbutils.fs.put(f"${copy}/checkpoint/{part}/0", "0")
deleted, rm = [], dbutils.fs.rm
dbutils.fs.rm = lambda path, recurse: deleted.append(path.split("/")[-1]) or rm(path, recurse)
forget("${copy}/checkpoint")
forget("${copy}/checkpoint")  # a missing one is no error
dbutils.notebook.exit(" ".join(deleted))
`,
    );
    const { error, exit } = await spark.kernel.run(notebook, {});
    expect(error).toBeUndefined();
    expect(exit).toBe('commits checkpoint');
  });
});

describe('while the stream runs', () => {
  const post = (ind: number, year: number): Records => ({
    pin: [json({ index: ind, title: 'A pin', category: 'art' })],
    geo: [json({ ind, country: 'Gambia', timestamp: '2020-01-01 00:00:00' })],
    user: [json({ ind, first_name: 'Ann', age: 30, date_joined: `${year}-01-01 00:00:00` })],
  });
  let pipeline: StreamPipeline;
  let job: ReturnType<StreamPipeline['start']>;
  beforeAll(async () => {
    pipeline = await StreamPipeline.openWithStreams(spark, spark.kinesis, 'running');
    job = pipeline.start();
    await pipeline.send(post(1, 2015));
    await Promise.race([job.failed, visible([1])]);
  });
  afterAll(() => job?.stop());

  const visible = (inds: number[]) =>
    vi.waitFor(async () => {
      const tables = await Promise.all(DATASETS.map((name) => pipeline.rowsOrNone(`clean_${name}`)));
      const found = tables.map((rows) => rows.map(({ ind }) => Number(ind)).sort());
      expect(found).toEqual([inds, inds, inds]);
    }, PATIENCE);

  test('invalid records are rejected with shard and sequence number, and the records after them are cleaned', async () => {
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

  test('a refreshed answer includes the posts that have arrived', async () => {
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

const json = (fields: object): Buffer => Buffer.from(JSON.stringify(fields));

/** Puts records into the pin stream without the producer. Resolves with their values of the column `_position`. */
async function putEach(id: string, records: readonly Buffer[]): Promise<string[]> {
  const client = kinesisClient(emulatorEndpoint(spark.kinesis), 1);
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
