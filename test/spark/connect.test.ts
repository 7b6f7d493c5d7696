/** The notebooks write the right tables on Spark Connect, the closest local equivalent of serverless compute. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../src/root.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { OwnSpark } from '../fixtures/spark.ts';
import { expectReferees } from '../fixtures/verdict.ts';
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
