/** On Spark Connect, the closest local equivalent of serverless compute, the notebooks write the right tables, and runs end and fail as on classic Spark. */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../src/root.ts';
import { expectCancelEndsStreams } from '../fixtures/canceled-run.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { OwnSpark } from '../fixtures/spark.ts';
import { expectReferees } from '../fixtures/verdict.ts';
import { writeNotebook } from '../fixtures/write-notebook.ts';
import { mischief } from '../referee/mischief.ts';

/** The calls that serverless compute rejects: persist and unpersist of a DataFrame. */
const REFUSED = /batch\.(un)?persist\(\)/g;

let spark: OwnSpark;
let copy: string;
beforeAll(async () => {
  copy = mkdtempSync(path.join(os.tmpdir(), 'serverless-'));
  for (const folder of ['notebooks', 'jobs'])
    cpSync(path.join(ROOT, folder), path.join(copy, folder), { recursive: true });
  const write = path.join(copy, 'notebooks/3_clean/write.py');
  const text = readFileSync(write, 'utf8');
  expect(text.match(REFUSED)).toHaveLength(2);
  writeFileSync(
    write,
    text.replace(REFUSED, 'exec(\'raise PySparkException("not on serverless compute")\')'),
  );
  spark = await OwnSpark.start({ connect: true });
});
afterAll(async () => {
  await spark?.stop();
  rmSync(copy, { recursive: true });
});

test('the batch job writes the tables that an independent calculation gives, and a rebuild keeps them', async () => {
  const pipeline = await Pipeline.open(spark, 'connect');
  pipeline.root = copy;
  // Serverless compute has no mounts. There, notebooks read the bucket as an external volume, which has a plain path.
  pipeline.landing = spark.bucket;
  const files = mischief({ seed: 21, posts: 30 });
  for (const name of ['pin', 'geo', 'user'] as const) await pipeline.land(name, files[name]);
  await pipeline.job();
  await expectReferees(pipeline);
  const before = await pipeline.tables();
  await pipeline.job('rebuild', { only: ['rebuild_pin', 'rebuild_geo', 'rebuild_user'] });
  expect(await pipeline.tables()).toEqual(before);
});

test('an error names the notebook, cell and line that failed', async () => {
  const statement = writeNotebook(
    copy,
    'statement.py',
    '# MAGIC %sql\n# MAGIC SELECT\n# MAGIC   nope FROM VALUES (1) AS t(n)',
  );
  expect((await spark.kernel.run(statement)).error).toMatchObject({
    notebook: statement,
    cell: 1,
    line: 4,
    message: expect.stringMatching(/^\[UNRESOLVED_COLUMN\S* .*`nope`(?!.*Project)/s),
  });

  mkdirSync(path.join(copy, 'rows'));
  writeFileSync(path.join(copy, 'rows/a.json'), '{"n": 1}\n');
  const batch = writeNotebook(
    copy,
    'batch.py',
    'def fail(batch, number):\n    raise ValueError("no room")',
    [
      `stream = spark.readStream.schema("n INT").json("${copy}/rows").writeStream.foreachBatch(fail)`,
      'stream.trigger(availableNow=True).option("checkpointLocation", "/Volumes/fails").start().awaitTermination()',
    ].join('\n'),
  );
  expect((await spark.kernel.run(batch)).error).toMatchObject({
    notebook: batch,
    cell: 1,
    line: 3,
    message: 'ValueError: no room',
  });
});

test('concurrent runs share no temporary views, and have no SparkContext', async () => {
  const apart = writeNotebook(
    copy,
    'apart.py',
    [
      'import time',
      'dbutils.widgets.text("me", "")',
      'spark.range(int(dbutils.widgets.get("me"))).createOrReplaceTempView("mine")',
      'time.sleep(1)',
      "dbutils.notebook.exit(f\"{spark.table('mine').count()} {'sc' in globals()}\")",
    ].join('\n'),
  );
  const runs = await Promise.all(['1', '2'].map((me) => spark.kernel.run(apart, { me })));
  expect(runs.map(({ exit }) => exit)).toEqual(['1 False', '2 False']);
});

// The kernel closes the session on the server, which would continue a killed client's streams.
test('a canceled run ends, and its streams end too', () => expectCancelEndsStreams(spark.kernel, copy));
