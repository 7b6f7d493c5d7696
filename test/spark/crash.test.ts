/** If Spark is killed at any moment of a batch run, the tables after the next run equal those of an undisturbed run. */
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanTable } from '../../src/names.ts';
import { randomOf } from '../../src/posts/random.ts';
import { timesUnderFaults } from '../fixtures/faults.ts';
import { Pipeline } from '../fixtures/pipeline.ts';
import { OwnSpark } from '../fixtures/spark.ts';
import { compareRows } from '../referee/compare.ts';
import { type Files, mischief } from '../referee/mischief.ts';

const DATASETS = ['pin', 'geo', 'user'] as const;
const SEED = 11;
/** One answer from two datasets and one from the third. */
const ANSWERS = ['top_category_by_country', 'users_joined_by_year'];
const ONLY = { only: [...DATASETS.map(cleanTable), ...ANSWERS] };

let spark: OwnSpark;
let files: Files;
let expected: Awaited<ReturnType<Pipeline['tables']>>;
/** Milliseconds that the undisturbed run took. */
let usual: number;

beforeAll(async () => {
  spark = await OwnSpark.start();
  files = mischief({ seed: SEED, posts: 30 });
  const calm = await landed('calm');
  await calm.mount();
  const started = performance.now();
  await calm.job('batch', ONLY);
  usual = performance.now() - started;
  expected = await calm.tables({ answers: ANSWERS });
});
afterAll(() => spark?.stop());

async function landed(id: string): Promise<Pipeline> {
  const pipeline = await Pipeline.open(spark, id);
  for (const name of DATASETS) await pipeline.land(name, files[name]);
  return pipeline;
}

test(`no record is lost or duplicated if a batch run is killed at a random moment and then repeated, in each of ${timesUnderFaults(2, 10)} attempts, seed ${SEED}`, async () => {
  const random = randomOf(SEED);
  for (let kill = 0; kill < timesUnderFaults(2, 10); kill++) {
    const pipeline = await landed(`killed${kill}`);
    const moment = random() * usual;
    const run = pipeline.tryJob('batch', ONLY).catch(() => 'killed');
    await setTimeout(moment);
    await spark.crash();
    await run;
    await spark.restart();
    await pipeline.job('batch', ONLY);
    const tables = await pipeline.tables({ answers: ANSWERS });
    for (const [table, rows] of Object.entries(expected)) {
      expect(
        compareRows(tables[table] ?? [], rows),
        `${table}, killed after ${moment.toFixed(0)} ms`,
      ).toBeUndefined();
    }
    for (const { lost } of Object.values(await pipeline.accounts())) expect(lost).toBe(0);
  }
});
