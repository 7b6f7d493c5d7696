/**
 * Measures the batch job and the naive job of bench/naive, which works like public copies of this course project. Both
 * run alternately on one warm Spark and the same landed files. Each day adds posts. A time counts only if the tables of
 * both jobs are equal. Usage: `npx tsx bench/batch.ts [flags]`.
 */
import path from 'node:path';
import { commandLine } from '../src/command.ts';
import { runAsProgram } from '../src/exit.ts';
import { cleanTable } from '../src/names.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { queries } from '../src/project/queries/index.ts';
import { ROOT } from '../src/root.ts';
import { requireSuccess, runJob } from '../test/fixtures/job.ts';
import { landPosts } from '../test/fixtures/landing.ts';
import { Pipeline } from '../test/fixtures/pipeline.ts';
import { OwnSpark } from '../test/fixtures/spark.ts';
import { compareRows } from '../test/referee/compare.ts';
import { processorSeconds } from './processor.ts';
import { median } from './turns.ts';

const TABLES = [...datasets.map(({ name }) => cleanTable(name)), ...queries.map(({ name }) => name)];

/**
 * The number of tasks of a job that run at once. If it is larger than the number of cores, the tasks slow each other
 * down.
 */
const TASKS_AT_ONCE = 2;

interface Side {
  readonly name: string;
  /** Path of the job's YAML file, such as jobs/batch.yml. */
  readonly job: string;
  /** Returns the schema of a pipeline's tables. */
  schema(id: string): string;
}

const ours: Side = {
  name: 'this project',
  job: path.join(ROOT, 'jobs/batch.yml'),
  schema: (id) => id,
};
const naive: Side = {
  name: 'public copies',
  job: path.join(ROOT, 'bench/naive/batch.yml'),
  schema: (id) => `${id}_naive`,
};

interface Timing {
  /** From the start of the first task to the end of the last task. */
  readonly seconds: number;
  /** Processor seconds of Spark and of the notebooks' processes. */
  readonly processor: number;
  /** Seconds of the tasks by stage (raw, clean, answers). Tasks overlap, so the sum exceeds `seconds`. */
  readonly stages: Readonly<Record<string, number>>;
}

/** Runs a side's job on the landed files. */
async function run({ kernel }: OwnSpark, { id, parameters }: Pipeline, side: Side): Promise<Timing> {
  const started = performance.now();
  const before = processorSeconds(kernel.pid);
  // Without deletion vectors, as in target local; the tables of bench/naive have none either.
  const ownSchema = { ...parameters, schema: side.schema(id), deletion_vectors: 'false' };
  const results = await runJob(kernel, side.job, ownSchema, { atOnce: TASKS_AT_ONCE });
  requireSuccess(results);
  const stages: Record<string, number> = {};
  for (const result of results) {
    const stage = /^(raw|clean)_/.exec(result.task)?.[1] ?? 'answers';
    stages[stage] = (stages[stage] ?? 0) + ('seconds' in result ? result.seconds : 0);
  }
  const processor = processorSeconds(kernel.pid) - before;
  return { seconds: (performance.now() - started) / 1000, processor, stages };
}

/** Compares the tables of both sides and returns the number of rows of each. @throws if they differ or a table is empty */
async function sameRows({ spark: { kernel }, id }: Pipeline): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) {
    const rows = ({ schema }: Side) => kernel.sql(`SELECT * FROM ${schema(id)}.${table}`);
    const [expected, actual] = [await rows(ours), await rows(naive)];
    // Columns that begin with _ are not compared: only this project records where and when a row arrived.
    const columns = Object.keys(expected[0] ?? {}).filter((column) => !column.startsWith('_'));
    const difference = compareRows(actual, expected, columns);
    if (difference) throw new Error(`${table} differs between ${naive.name} and this project: ${difference}`);
    if (expected.length === 0) throw new Error(`${table} is empty: there is nothing to compare`);
    counts[table] = expected.length;
  }
  return counts;
}

const list = (numbers: readonly number[]): string => numbers.map((one) => one.toFixed(1)).join(', ');

type Figure = 'seconds' | 'processor';

const middle = (timings: readonly Timing[], figure: Figure) => median(timings.map((one) => one[figure]));

function report(title: string, timings: ReadonlyMap<Side, Timing[]>, rows: Record<string, number>): void {
  console.log(`\n${title}`);
  for (const [{ name }, measured] of timings) {
    const seconds = measured.map((timing) => timing.seconds);
    const stages = Object.keys(measured[0]?.stages ?? {}).map(
      (stage) => `${stage} ${median(measured.map(({ stages }) => stages[stage] ?? 0)).toFixed(1)}`,
    );
    const took = middle(measured, 'seconds').toFixed(1).padStart(6);
    const worked = middle(measured, 'processor').toFixed(1);
    console.log(
      `${name.padEnd(16)}${took} s  (${list(seconds)}), ${worked} processor s, in tasks: ${stages.join(', ')}`,
    );
  }
  const ratio = (figure: Figure) => {
    const [mine = Number.NaN, theirs = Number.NaN] = [...timings.values()].map((all) => middle(all, figure));
    return (mine / theirs).toFixed(2);
  };
  console.log(
    `ratio of ${ours.name} to ${naive.name}: seconds ${ratio('seconds')}, processor seconds ${ratio('processor')}`,
  );
  const counted = Object.entries(rows).map(([table, count]) => `${table} ${count}`);
  console.log(`the same rows on both sides: ${counted.join(', ')}`);
}

const flags = (args: readonly string[]) =>
  commandLine(
    'npx tsx bench/batch.ts [flags]',
    'Seconds of the batch job and of the same work in bench/naive, alternately, day by day.',
    args,
  )
    .options({
      posts: { type: 'number', default: 11_154, requiresArg: true, describe: 'posts of the first day' },
      more: { type: 'number', default: 1000, requiresArg: true, describe: 'posts of each later day' },
      days: { type: 'number', default: 2, requiresArg: true, describe: 'number of days' },
      rounds: { type: 'number', default: 3, requiresArg: true, describe: 'rounds after a two-day warm-up' },
      small: { type: 'boolean', default: true, describe: "use Spark's settings for tiny data" },
    })
    .parseSync();

await runAsProgram(async () => {
  const { posts, more, days: until, rounds, small } = flags(process.argv.slice(2));
  const days = Array.from({ length: until }, (_, day) => ({
    title: day === 0 ? `Day 1: ${posts} posts, all of them new` : `Day ${day + 1}: ${more} more posts`,
    first: day === 0 ? 0 : posts + (day - 1) * more,
    count: day === 0 ? posts : more,
  }));
  const sides = [ours, naive];
  const timings = days.map(() => new Map<Side, Timing[]>(sides.map((side) => [side, []])));
  const rows: Record<string, number>[] = [];
  const spark = await OwnSpark.start({ small });
  try {
    for (let round = 0; round <= rounds; round++) {
      const pipeline = await Pipeline.open(spark, `round${round}`);
      await spark.kernel.sql(`CREATE SCHEMA ${naive.schema(pipeline.id)}`);
      await pipeline.mount();
      for (const [day, { first, count }] of (round === 0 ? days.slice(0, 2) : days).entries()) {
        await landPosts(pipeline, first, count);
        const took: Timing[] = [];
        for (const side of sides) took.push(await run(spark, pipeline, side));
        rows[day] = await sameRows(pipeline);
        const label = round === 0 ? 'warm-up' : `round ${round}`;
        console.log(`${label}, day ${day + 1}: ${list(took.map(({ seconds }) => seconds))} s`);
        if (round === 0) continue;
        for (const [index, side] of sides.entries()) timings[day]?.get(side)?.push(took[index] as Timing);
      }
    }
  } finally {
    await spark.stop();
  }
  for (const [day, { title }] of days.entries()) report(title, timings[day] ?? new Map(), rows[day] ?? {});
});
