/** The batch pipeline: landed files become the tables and answers that an independent calculation expects. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statements } from '../../src/databricks/statements.ts';
import { cleanTable, rawTable, rejectedTable } from '../../src/names.ts';
import { recordOf } from '../../src/posts/key.ts';
import { PARTITIONS } from '../../src/producer/sinks/kafka.ts';
import { datasets } from '../../src/project/datasets/index.ts';
import user from '../../src/project/datasets/user.ts';
import { ROOT } from '../../src/root.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { readGuide } from '../fixtures/guides.ts';
import { landPosts } from '../fixtures/landing.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';
import { expectReferees } from '../fixtures/verdict.ts';
import { byDataset, fromText } from '../referee/arrivals.ts';
import { compareRows } from '../referee/compare.ts';
import { mischief } from '../referee/mischief.ts';

const REAL_RECORDS = path.join(ROOT, '../shared/data/pinterest');

/** The tasks that fill raw, clean and rejected tables; the other tasks calculate answers. */
const CLEANING = datasets.map(({ name }) => cleanTable(name));

let spark: SharedSpark;
beforeAll(async () => {
  spark = await SharedSpark.open();
});
afterAll(() => spark?.stop());

describe('an independent calculation', () => {
  test.skipIf(!existsSync(REAL_RECORDS))('gives the same tables and answers for real records', async () => {
    const pipeline = await Pipeline.open(spark, 'real');
    for (const { name } of datasets) {
      await pipeline.land(name, readFileSync(path.join(REAL_RECORDS, `${name}.jsonl`)));
    }
    await pipeline.job();
    await expectReferees(pipeline);
  });

  test.each([1, 2, 3, 4, 5].slice(0, timesUnderFaults(1, 5)))(
    'gives the same tables and answers for duplicates, later versions, ties and bad records on two days, seed %i',
    async (seed) => {
      const pipeline = await Pipeline.open(spark, `mischief${seed}`);
      const files = mischief({ seed });
      for (const part of [0, 1]) {
        for (const name of ['pin', 'geo', 'user'] as const) {
          const cut = files[name].indexOf('\n', files[name].length / 2) + 1;
          await pipeline.land(name, part === 0 ? files[name].subarray(0, cut) : files[name].subarray(cut));
        }
        // The answers are calculated only after the last part has landed.
        await pipeline.job('batch', part === 0 ? { only: CLEANING } : {});
      }
      await expectReferees(pipeline);
      if (seed === 1) await expectGuidesRun(pipeline);
    },
  );
});

/** Expects rows from each query in README.md and docs/querying.md. Adds the schema to table names, because no current schema is set. */
async function expectGuidesRun({ id }: Pipeline): Promise<void> {
  const block = [
    ...readGuide('docs/querying.md').matchAll(/```sql\n(.*?)```/gs),
    ...readGuide('README.md').matchAll(/npm run query "(.*?)"/g),
  ]
    .map(([, sql]) => sql)
    .join('\n');
  const [post] = await spark.kernel.sql(`
    SELECT min(get_json_object(record, '$.index')) AS number FROM ${id}.raw_pin
    WHERE get_json_object(record, '$.index') RLIKE '^[0-9]+$'`);
  const ofThese = block
    .replaceAll("'7'", `'${post?.number}'`)
    .replace(/\b(raw|clean|rejected)_(pin|geo|user)\b/g, `${id}.$&`);
  const found = statements(ofThese);
  expect(found).toHaveLength(9);
  for (const statement of found) expect(await spark.kernel.sql(statement), statement).not.toEqual([]);
}

// The answers are left out: they are calculated from the clean tables alone.
test('records that arrive twice and in another order give the same tables', async () => {
  const files = mischief({ seed: 3, posts: 50 });
  const again = await Pipeline.open(spark, 'again');
  // Partitions are landed one after the other, so that each post's versions keep their order.
  for (const time of [1, 2]) {
    for (const name of ['user', 'pin', 'geo'] as const) {
      const lines = files[name]
        .toString('latin1')
        .split('\n')
        .map((line) => Buffer.from(`${line}\n`, 'latin1'));
      for (const partition of [2, 0, 1]) {
        const mine = lines.filter(
          (line) => Math.abs(Number(recordOf(name, line, 0).key ?? 0)) % 3 === partition,
        );
        await again.land(name, Buffer.concat(mine), partition);
      }
    }
    await again.job('batch', { only: CLEANING });
    const arrivals = byDataset((name) => fromText(Buffer.concat(Array(time).fill(files[name]))));
    await expectReferees(again, { arrivals, answers: false });
  }
});

describe('gzip files', () => {
  const users = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, at) => `{"ind": ${from + at}, "age": 30}\n`).join('');
  const only = ['clean_user'];
  const inds = async (pipeline: Pipeline) =>
    (await pipeline.rows('clean_user')).map(({ ind }) => Number(ind)).sort((a, b) => a - b);

  test('a damaged gzip file does not block other files, and one rejected row reports its missing lines', async () => {
    const pipeline = await Pipeline.open(spark, 'damaged');
    const whole = gzipSync(users(10, 13));
    const wrongChecksum = Buffer.from(whole);
    wrongChecksum.writeUInt8(wrongChecksum.readUInt8(whole.length - 8) ^ 1, whole.length - 8);
    const files = {
      'cut off': whole.subarray(0, whole.length / 2),
      'with another checksum': wrongChecksum,
      'no gzip': Buffer.from(users(20, 21)),
      'whole, then damaged': Buffer.concat([gzipSync(users(30, 32)), wrongChecksum]),
    };
    for (const file of Object.values(files)) await pipeline.land('user', file, 0, '.json.gz');
    await pipeline.land('user', Buffer.concat([gzipSync(users(1, 3)), gzipSync(users(3, 5))]), 1, '.json.gz');
    await pipeline.land('user', users(5, 7), 2);

    await pipeline.job('batch', { only });
    const found = await inds(pipeline);
    expect(found.filter((ind) => ind < 10)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found).toEqual(expect.arrayContaining([30, 31]));
    expect(found).not.toContain(12);
    const damages = (await pipeline.rows('rejected_user')).filter(({ record }) =>
      /^damaged/.test(`${record}`),
    );
    expect(
      damages.map(({ record }) => `${record}`.replace(/^damaged gzip file \S+\/\S+json\.gz: /, '')).sort(),
    ).toEqual(['it is cut off', ...Array(3).fill('its bytes are not as gzip wrote them')]);
    for (const { reasons } of damages)
      expect(reasons).toEqual(['lines of a gzip file are missing: land all its lines again']);

    await pipeline.land('user', whole, 0, '.json.gz');
    await pipeline.job('batch', { only });
    expect((await inds(pipeline)).filter((ind) => ind >= 10 && ind < 20)).toEqual([10, 11, 12]);
    const user = datasets.find(({ name }) => name === 'user') as (typeof datasets)[number];
    const { raw, clean, superseded, rejected, rejected_again, lost } = await pipeline.account(user);
    expect({ lost, raw }).toEqual({ lost: 0, raw: clean + superseded + rejected + rejected_again });
  });

  test('are recognized only by their name: a record that begins as such a file, or as the note of its damage, is an invalid record', async () => {
    const pipeline = await Pipeline.open(spark, 'begins');
    await pipeline.land('user', Buffer.concat([Buffer.from('1f8b0a', 'hex'), Buffer.from(users(1, 4))]));
    await pipeline.land('user', 'damaged gzip file topics/a.json.gz: it is cut off\n');
    await pipeline.job('batch', { only });
    expect(await pipeline.rows('raw_user')).toHaveLength(5);
    expect(await inds(pipeline)).toEqual([1, 2, 3]);
    const rejected = await pipeline.rows('rejected_user');
    expect(rejected.map(({ reasons }) => reasons)).toEqual([['not JSON'], ['not JSON']]);
  });

  test('that unpack to too much give one rejected row each; a file of very many parts is read', async () => {
    const pipeline = await Pipeline.open(spark, 'unpacked');
    await pipeline.land('user', gzipSync(Buffer.alloc(129 * 2 ** 20)), 0, '.json.gz');
    const parts = Array<Buffer>(20_000).fill(gzipSync(''));
    await pipeline.land('user', Buffer.concat([...parts, gzipSync(users(1, 3))]), 0, '.json.gz');
    await pipeline.land('user', users(3, 4));
    await pipeline.job('batch', { only });
    expect(await pipeline.rows('raw_user')).toHaveLength(4);
    expect(await inds(pipeline)).toEqual([1, 2, 3]);
    expect(await pipeline.rows('rejected_user')).toMatchObject([
      {
        record: expect.stringMatching(/: it unpacks to more than 128 MiB: land it in smaller files$/),
        reasons: ['lines of a gzip file are missing: land all its lines again'],
      },
    ]);
  });
});

describe('the cost of a day depends on its new data', () => {
  const DAYS = 3;
  const POSTS = 200;

  test('each day reads only its own files and rows, and a day without new files writes no commit', async () => {
    const pipeline = await Pipeline.open(spark, 'each_day');
    for (let day = 0; day < DAYS; day++) {
      await landPosts(pipeline, day * POSTS, POSTS);
      const results = await pipeline.job('batch', { only: CLEANING });
      for (const result of results)
        expect(result).toMatchObject({ output: expect.stringContaining(`${PARTITIONS} new files read`) });
    }
    for (const { name } of datasets) {
      const appends = (await pipeline.history(rawTable(name))).filter(
        ({ operation }) => operation === 'STREAMING UPDATE',
      );
      expect(appends.map(({ operationMetrics }) => operationMetrics.numOutputRows)).toEqual(
        Array(DAYS).fill(`${POSTS}`),
      );
      const merges = (await pipeline.history(cleanTable(name))).filter(
        ({ operation }) => operation === 'MERGE',
      );
      expect(merges.map(({ operationMetrics }) => operationMetrics.numSourceRows)).toEqual(
        Array(DAYS).fill(`${POSTS}`),
      );
      expect(merges.map(({ operationMetrics }) => operationMetrics.numTargetRowsCopied)).toEqual(
        Array(DAYS).fill('0'),
      );
      expect(merges.map(({ operationMetrics }) => operationMetrics.numTargetFilesRemoved)).toEqual(
        Array(DAYS).fill('0'),
      );
    }

    const tables = datasets.flatMap(({ name }) => [rawTable(name), cleanTable(name), rejectedTable(name)]);
    const commits = async () =>
      Promise.all(tables.map(async (table) => (await pipeline.history(table)).length));
    const before = await commits();
    await pipeline.job('batch', { only: CLEANING });
    expect(await commits()).toEqual(before);
  });
});

test('a rebuild after a changed rule gives the same tables as a run from scratch', async () => {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'changed-rule-'));
  try {
    for (const folder of ['notebooks', 'jobs'])
      cpSync(path.join(ROOT, folder), path.join(copy, folder), { recursive: true });
    const notebook = path.join(copy, 'notebooks/3_clean/user.py');
    const changed = readFileSync(notebook, 'utf8').replaceAll('BETWEEN 0 AND 120', 'BETWEEN 0 AND 40');
    const files = mischief({ seed: 4, posts: 30 });
    const answers = ['users_joined_by_year'];
    const tables = { datasets: ['user'], answers };

    const old = await Pipeline.open(spark, 'rebuilt');
    await old.land('user', files.user);
    await old.job('batch', { only: ['clean_user'] });
    writeFileSync(notebook, changed);
    old.root = copy;
    await old.job('rebuild', { only: ['rebuild_user', ...answers] });

    const fresh = await Pipeline.open(spark, 'fresh');
    await fresh.land('user', files.user);
    fresh.root = copy;
    await fresh.job('batch', { only: ['clean_user', ...answers] });
    const rebuilt = await old.tables(tables);
    for (const [table, rows] of Object.entries(await fresh.tables(tables))) {
      expect(compareRows(rebuilt[table] ?? [], rows), table).toBeUndefined();
    }
    expect(rebuilt.clean_user?.every(({ age }) => age === null || Number(age) <= 40)).toBe(true);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('a run that reads files rejects a trigger interval, because the run must end', async () => {
  const pipeline = await Pipeline.open(spark, 'refused');
  const parameters = { ...pipeline.parameters, source: 'files', trigger: '5 seconds' };
  const notebook = path.join(ROOT, 'notebooks/3_clean/user.py');
  const { error } = await spark.kernel.run(notebook, parameters);
  expect(error?.message).toContain("trigger is '5 seconds', expected 'availableNow'");
});

test('a new column is added to an existing table at its position in the dataset; a column removed from the dataset is kept and reported', async () => {
  const pipeline = await Pipeline.open(spark, 'older');
  await pipeline.land('user', '{"ind": 1, "first_name": "Ada", "age": 36}\n');
  await pipeline.job('batch', { only: ['clean_user'] });
  await spark.kernel.sql(
    `ALTER TABLE older.clean_user SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`,
  );
  await spark.kernel.sql('ALTER TABLE older.clean_user DROP COLUMN age');
  await spark.kernel.sql('ALTER TABLE older.clean_user ADD COLUMN nickname STRING');
  await spark.kernel.sql("UPDATE older.clean_user SET nickname = 'Countess'");
  // As in a copy of the table (CREATE TABLE AS SELECT).
  await spark.kernel.sql('ALTER TABLE older.clean_user ALTER COLUMN ind DROP NOT NULL');
  const records = [
    '{"ind": 2, "first_name": "Bob", "age": 40}',
    '{"ind": 1, "first_name": "Ada", "age": 37}',
  ];
  await pipeline.land('user', `${records.join('\n')}\n`);
  const [result] = await pipeline.job('batch', { only: ['clean_user'] });
  expect(result).toMatchObject({ output: expect.stringMatching(/clean_user has columns .*: nickname$/m) });
  const rows = await pipeline.rows('clean_user');
  expect(Object.keys(rows[0] ?? {}).slice(0, 4)).toEqual(['ind', 'user_name', 'age', 'date_joined']);
  expect(rows.map(({ ind, age, nickname }) => [ind, age, nickname]).sort()).toEqual([
    [1, 37, 'Countess'],
    [2, 40, null],
  ]);
});

test("a key or a column type other than the dataset's is an error before any row is converted or duplicated; a rebuild fills a new table", async () => {
  const pipeline = await Pipeline.open(spark, 'retyped');
  await pipeline.land(
    'user',
    '{"ind": 1, "first_name": "Ada", "age": 36}\n{"ind": 2, "first_name": "Bob"}\n',
  );
  const notebook = path.join(ROOT, 'notebooks/3_clean/user.py');
  for (const [columns, difference] of [
    ['ind INT NOT NULL, user_name STRING, age STRING', 'age is STRING, the dataset says INT'],
    [
      'ind INT NOT NULL, user_name STRING NOT NULL, age INT',
      'the key is (ind, user_name), the dataset says (ind)',
    ],
    ['user_name STRING NOT NULL, age INT', 'the key is (user_name), the dataset says (ind)'],
    ['user_name STRING, age INT', 'the key is (), the dataset says (ind)'],
  ]) {
    const more = 'date_joined TIMESTAMP, _arrived TIMESTAMP, _position STRING';
    await spark.kernel.sql(`CREATE OR REPLACE TABLE retyped.clean_user (${columns}, ${more}) USING DELTA`);
    const { error } = await spark.kernel.run(notebook, { ...pipeline.parameters, source: 'files' });
    expect(error?.message).toContain(`clean_user: ${difference}. `);
    expect(error?.message).toContain('rebuild');
    expect(await pipeline.rows('raw_user')).toHaveLength(2);
    expect(await pipeline.rows('clean_user')).toEqual([]);
  }

  await spark.kernel.sql('DROP TABLE retyped.clean_user');
  await pipeline.notebook('5_rebuild.py', { ...pipeline.parameters, dataset: 'user' });
  const rows = await pipeline.rows('clean_user');
  expect(rows.map(({ ind, age }) => [ind, age]).sort()).toEqual([
    [1, 36],
    [2, null],
  ]);
});

test('a record that was rejected and, with a corrected rule, is clean when it arrives again is counted once as each', async () => {
  const pipeline = await Pipeline.open(spark, 'corrected');
  await pipeline.land('user', '{"ind": 1, "first_name": "Ada"}\n');
  await pipeline.job('batch', { only: ['clean_user'] });
  await spark.kernel.sql(`
    INSERT INTO corrected.rejected_user
    SELECT 'id', record, array('too old a rule'), false, arrived, position FROM corrected.raw_user`);
  await spark.kernel.sql('DELETE FROM corrected.clean_user');
  await pipeline.land('user', '{"ind": 1, "first_name": "Ada"}\n');
  await pipeline.job('batch', { only: ['clean_user'] });
  expect(await pipeline.account(user)).toMatchObject({
    raw: 2,
    clean: 1,
    superseded: 0,
    rejected: 1,
    rejected_again: 0,
    lost: 0,
  });
});
