/** The notebooks on Spark Connect, the nearest thing here to serverless compute, give the tables that classic Spark gives. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SparkUnderTest } from '../fixtures/pipeline.ts';
import { expectReferees } from '../fixtures/verdict.ts';
import { mischief } from '../referee/mischief.ts';

let spark: SparkUnderTest;
beforeAll(async () => {
  spark = await SparkUnderTest.start({ connect: true });
});
afterAll(() => spark?.stop());

test('the batch job gives what an independent calculation gives, and a rebuild gives it again', async () => {
  const pipeline = await spark.pipeline('connect');
  // Serverless has no mounts: there the bucket is an external volume, a plain path.
  pipeline.landing = spark.bucket;
  const files = mischief({ seed: 21, openCases: false, posts: 30 });
  for (const name of ['pin', 'geo', 'user'] as const) await pipeline.land(name, files[name]);
  await pipeline.job();
  await expectReferees(pipeline);
  const before = await pipeline.tables({ answers: false });
  await pipeline.job('rebuild', { only: ['rebuild_pin', 'rebuild_geo', 'rebuild_user'] });
  expect(await pipeline.tables({ answers: false })).toEqual(before);
});
