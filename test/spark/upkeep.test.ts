/**
 * No clean row is lost or duplicated by maintenance, a rebuild, concurrent runs or a Delta log without its first
 * versions. Trying a rule does not change the pipeline's tables.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../src/root.ts';
import { requireSuccess } from '../fixtures/job.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { SharedSpark } from '../fixtures/shared-spark.ts';
import { until } from '../fixtures/until.ts';

let spark: SharedSpark;
beforeAll(async () => {
  spark = await SharedSpark.open();
});
afterAll(() => spark?.stop());

const maintain = (pipeline: Pipeline, days: Record<string, string> = {}) =>
  pipeline.notebook('6_maintenance/tables.py', { ...pipeline.parameters, dataset: 'pin', ...days });

test('old records are deleted from the raw and rejected tables; their clean rows stay, even after a rebuild', async () => {
  const pipeline = await Pipeline.open(spark, 'forgetful');
  const clean = () => pipeline.notebook('3_clean/pin.py', pipeline.parameters);
  const arrive = (...records: [record: string, days: number][]) =>
    spark.kernel.sql(`
      INSERT INTO forgetful.raw_pin
      SELECT record, current_timestamp() - make_dt_interval(days), lpad(1000 - days, 6, '0')
      FROM VALUES ${records.map(([record, days]) => `('${record}', ${days})`).join(', ')} AS (record, days)`);
  const found = async (table: string, column: string) =>
    (await pipeline.rows(table)).map((row) => row[column]).sort();
  await clean();
  await arrive(
    ['{"index": 1, "title": "old"}', 40],
    ['{"index": 2, "title": "old, then new"}', 40],
    ['{"index": 2, "title": "new"}', 3],
    ['{"index": 3, "title": "new"}', 2],
    ['junk of old', 40],
    ['junk, sent again', 39],
    ['junk, sent again', 1],
    ['junk of today', 0],
  );
  await clean();
  const titles = ['new', 'new', 'old'];
  expect(await found('clean_pin', 'title')).toEqual(titles);

  await maintain(pipeline, { raw_days: '0', rejected_days: '0' });
  expect(await found('raw_pin', 'record')).toHaveLength(8);
  expect(await found('rejected_pin', 'record')).toHaveLength(3);

  await maintain(pipeline, { raw_days: '30', rejected_days: '30' });
  expect(await found('raw_pin', 'record')).toEqual([
    'junk of today',
    'junk, sent again',
    '{"index": 2, "title": "new"}',
    '{"index": 3, "title": "new"}',
  ]);
  expect(await found('rejected_pin', 'record')).toEqual(['junk of today', 'junk, sent again']);
  await clean();
  expect(await found('clean_pin', 'title')).toEqual(titles);

  await pipeline.notebook('5_rebuild.py', { ...pipeline.parameters, dataset: 'pin' });
  expect(await found('clean_pin', 'title')).toEqual(titles);
  expect(await found('rejected_pin', 'record')).toEqual(['junk of today', 'junk, sent again']);
});

describe('parameters', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await Pipeline.open(spark, 'parameters');
  });

  const errorOf = async (name: string, parameters: Record<string, string> = {}) => {
    const notebook = path.join(ROOT, `notebooks/${name}.py`);
    const { error } = await spark.kernel.run(notebook, { ...pipeline.parameters, ...parameters });
    return error?.message;
  };

  test.each(['5_rebuild', '6_maintenance/tables'])('notebook %s fails without a dataset', async (name) => {
    expect(await errorOf(name)).toContain("dataset is '', expected one of geo, pin, user");
  });

  test.each(['-1', '1.5', 'abc'])(
    'maintenance with raw_days=%s deletes nothing and names the parameter',
    async (raw_days) => {
      expect(await errorOf('6_maintenance/tables', { dataset: 'pin', raw_days })).toContain(
        `raw_days is '${raw_days}', expected a number of days`,
      );
    },
  );
});

test('a rebuild with the checkpoints of another schema is an error, and changes nothing', async () => {
  const pipeline = await Pipeline.open(spark, 'one_schema');
  await pipeline.land('user', '{"ind": 1, "first_name": "Ada"}\n');
  await pipeline.job('batch', { only: ['clean_user'] });
  const others = { ...pipeline.parameters, schema: 'another_schema', dataset: 'user' };
  const { error } = await spark.kernel.run(path.join(ROOT, 'notebooks/5_rebuild.py'), others);
  expect(error?.message).toMatch(/checkpoints is '.*one_schema.*', a volume of another schema than/);
  await pipeline.land('user', '{"ind": 2, "first_name": "Bob"}\n');
  await pipeline.job('batch', { only: ['clean_user'] });
  expect(await pipeline.rows('clean_user')).toHaveLength(2);
});

test.each([
  [{}, 'true'],
  [{ deletion_vectors: 'false' }, 'false'],
])('with the parameters %o, delta.enableDeletionVectors of new tables is %s', async (parameters, value) => {
  const pipeline = await Pipeline.open(spark, `vectors_${value}`);
  await pipeline.notebook('0_tables/all.py', { ...pipeline.parameters, ...parameters });
  const [property] = await spark.kernel.sql(
    `SHOW TBLPROPERTIES ${pipeline.id}.clean_pin ('delta.enableDeletionVectors')`,
  );
  expect(property?.value).toBe(value);
});

test('a raw table is cleaned from its first row, even if the first versions of its Delta log were deleted', async () => {
  const pipeline = await Pipeline.open(spark, 'trimmed');
  await pipeline.notebook('0_tables/all.py', pipeline.parameters);
  await spark.kernel.sql("ALTER TABLE trimmed.raw_pin SET TBLPROPERTIES ('delta.checkpointInterval' = '2')");
  for (const index of [1, 2, 3])
    await spark.kernel.sql(
      `INSERT INTO trimmed.raw_pin VALUES ('{"index": ${index}, "title": "A pin"}', current_timestamp(), '${index}')`,
    );
  const [detail] = await spark.kernel.sql('DESCRIBE DETAIL trimmed.raw_pin');
  const log = path.join(fileURLToPath(String(detail?.location)), '_delta_log');
  const trimmed = readdirSync(log).filter((file) => /^\.?0+[0-3]\.(json|crc|checkpoint)/.test(file));
  expect(trimmed).toContain(`${'0'.repeat(20)}.json`);
  for (const file of trimmed) rmSync(path.join(log, file));
  const mark = path.join(pipeline.checkpoints, 'clean_pin');
  mkdirSync(mark, { recursive: true });
  writeFileSync(path.join(mark, 'from_version'), '0');

  await pipeline.notebook('3_clean/pin.py', pipeline.parameters);
  expect((await pipeline.rows('clean_pin')).map(({ ind }) => ind).sort()).toEqual([1, 2, 3]);
});

describe('a copy of the notebooks', () => {
  let copy: string;
  beforeAll(() => {
    copy = mkdtempSync(path.join(os.tmpdir(), 'notebooks-'));
    cpSync(path.join(ROOT, 'notebooks'), copy, { recursive: true });
  });
  afterAll(() => rmSync(copy, { recursive: true }));

  const run = async (cells: string[], parameters: Record<string, string>) => {
    const notebook = path.join(copy, '3_clean/changed.py');
    writeFileSync(notebook, cells.join('\n\n# COMMAND ----------\n\n'));
    requireSuccess([{ task: 'changed', ...(await spark.kernel.run(notebook, parameters)) }]);
  };

  const writes = [
    {
      table: 'raw_pin',
      write: 'append_raw(rows, (1, 2))',
      other: "INSERT INTO racing_raw_pin.raw_pin VALUES ('new', timestamp_micros(2), '2')",
      row: { record: 'new', position: '2' },
    },
    {
      table: 'clean_pin',
      write: 'merge_posts(rows, {"low": "7", "high": "7", "posts": 1}, True)',
      other: `MERGE INTO racing_clean_pin.clean_pin AS old USING (SELECT 7 AS ind, '1' AS _position) AS new ON old.ind = new.ind
        WHEN NOT MATCHED THEN INSERT (ind, _position) VALUES (new.ind, new._position)`,
      row: { ind: 7, title: 'new', _position: '2' },
    },
  ];

  /** Runs the statement `meanwhile` while `write` is running. Returns the table's rows after both have ended. */
  async function rowsAfter(id: string, table: string, write: string, meanwhile: string) {
    const pipeline = await Pipeline.open(spark, id);
    await pipeline.notebook('0_tables/all.py', pipeline.parameters);
    const [reached, written] = ['reached', 'written'].map((name) => path.join(copy, `${name}_${id}`));
    const writing = run(
      [
        '# Databricks notebook source',
        '# MAGIC %run ../0_tables/make',
        '# MAGIC %run ./write',
        `import pathlib, time
from pyspark.sql import functions as F

qualified_schema, dataset, key, version = "${id}", "pin", ["ind"], ["_position"]

@F.udf("string")
def slowly(text):
    pathlib.Path("${reached}").touch()
    while not pathlib.Path("${written}").exists():
        time.sleep(0.1)
    return text

row = "SELECT 7 AS ind, timestamp_micros(2) AS _arrived, '2' AS _position, array() AS reasons, true AS kept"
rows = spark.sql(row).withColumns({"title": slowly(F.lit("new")), "record": slowly(F.lit("new"))})
rows.createOrReplaceTempView("cleaned_batch")
${write}`,
      ],
      pipeline.parameters,
    );
    await Promise.race([until(() => existsSync(`${reached}`), 240), writing]);
    await spark.kernel.sql(meanwhile);
    writeFileSync(`${written}`, '');
    await writing;
    return pipeline.rows(table);
  }

  test.each(writes)(
    'a row that two concurrent runs write to $table is in the table once',
    async ({ table, write, other, row }) => {
      expect(await rowsAfter(`racing_${table}`, table, write, other)).toMatchObject([row]);
    },
  );

  test.each(writes)(
    'a write to $table is retried if the table is altered during the write',
    async ({ table, write, row }) => {
      const altering = `ALTER TABLE altered_${table}.${table} SET TBLPROPERTIES ('reviewed' = 'yes')`;
      expect(await rowsAfter(`altered_${table}`, table, write, altering)).toMatchObject([row]);
    },
  );

  test('after each conflict, a write waits twice as long before it is retried', async () => {
    await run(
      [
        '# Databricks notebook source',
        '# MAGIC %run ../0_tables/make',
        `deletion_vectors = "true"
pauses = []

class time:
    sleep = pauses.append

def write():
    if len(pauses) < 4:
        raise Exception("[DELTA_CONCURRENT_APPEND] the table was changed")
    return "written"

assert retried(write) == "written"
assert pauses == [0.2, 0.4, 0.8, 1.6], pauses`,
      ],
      {},
    );
  });

  test('a rule can be tried as notebook 3_clean describes, and the clean table does not change', async () => {
    const pipeline = await Pipeline.open(spark, 'trying');
    await pipeline.notebook('0_tables/all.py', pipeline.parameters);
    await spark.kernel.sql(
      `INSERT INTO trying.raw_pin VALUES ('{"index": 7, "title": "A pin"}', current_timestamp(), '1')`,
    );
    const cells = readFileSync(path.join(copy, '3_clean/pin.py'), 'utf8').split(
      '\n\n# COMMAND ----------\n\n',
    );
    const nth = (text: string) => cells.findIndex((cell) => cell.includes(text));
    const arrivals = /`(spark\.table\("raw_pin"\)[^`]+)`/.exec(cells[nth('## Clean')] ?? '')?.[1] ?? '';
    const records = nth('%run ./records');
    await run(
      [
        ...cells.slice(0, nth('## Clean')),
        arrivals,
        ...cells.slice(records, nth('## Write')),
        'spark.table("cleaned").write.saveAsTable("tried")',
      ],
      pipeline.parameters,
    );
    expect(await pipeline.rows('tried')).toMatchObject([{ ind: 7, title: 'A pin', kept: true }]);
    expect(await pipeline.rows('clean_pin')).toEqual([]);
  });
});
