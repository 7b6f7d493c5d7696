/** The notebooks on Spark Connect, the nearest thing here to serverless compute, give the tables of classic Spark. */
import { afterAll, expect, test } from 'vitest';
import { type Pipeline, SparkUnderTest } from '../fixtures/pipeline.ts';
import { compareRows } from '../referee/compare.ts';
import { mischief } from '../referee/mischief.ts';

const running: SparkUnderTest[] = [];
afterAll(async () => {
  for (const spark of running) await spark.stop();
});

async function tablesOn(connect: boolean): Promise<Awaited<ReturnType<Pipeline['tables']>>> {
  const spark = await SparkUnderTest.start({ connect });
  running.push(spark);
  const files = mischief({ seed: 21, openCases: false, posts: 30 });
  const pipeline = await spark.pipeline('same');
  for (const name of ['pin', 'geo', 'user'] as const) await pipeline.land(name, files[name]);
  // Serverless has no mounts: there the bucket is an external volume, a plain path.
  if (connect) pipeline.landing = spark.bucket;
  else await pipeline.mount();
  await pipeline.job();
  await pipeline.job('rebuild');
  const tables = await pipeline.tables();
  await spark.kernel.stop();
  return tables;
}

test('classic and Connect give equal tables, also after a rebuild', async () => {
  const classic = await tablesOn(false);
  const connect = await tablesOn(true);
  for (const [table, rows] of Object.entries(classic)) {
    expect(rows.length, table).toBeGreaterThan(0);
    expect(compareRows(connect[table] ?? [], rows), table).toBeUndefined();
  }
});
