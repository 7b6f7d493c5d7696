/**
 * Measures the cost of each day when every day adds the same number of posts. The counts are from Delta's log and the
 * notebooks' output, summed over all datasets. If only the last column grows, the cost depends only on new data.
 * Usage: `npx tsx bench/days.ts [flags]`.
 */
import Table from 'cli-table3';
import { commandLine } from '../src/command.ts';
import { runAsProgram } from '../src/exit.ts';
import { cleanTable, rawTable } from '../src/names.ts';
import { PLAIN_TABLE } from '../src/plain-table.ts';
import { datasets } from '../src/project/datasets/index.ts';
import { landPosts } from '../test/fixtures/landing.ts';
import { Pipeline } from '../test/fixtures/pipeline.ts';
import { OwnSpark } from '../test/fixtures/spark.ts';

/** Sums metrics over the commits to tables since the last call. */
class Commits {
  readonly #pipeline: Pipeline;
  readonly #seen = new Map<string, number>();

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** Returns the sums of `metrics`, in their order, over the new commits whose operation is `operation`. */
  async news(tables: readonly string[], operation: string, metrics: readonly string[]): Promise<number[]> {
    const sums = metrics.map(() => 0);
    for (const table of tables) {
      const history = await this.#pipeline.history(table);
      for (const commit of history.slice(this.#seen.get(table) ?? 0)) {
        if (commit.operation !== operation) continue;
        for (const [index, metric] of metrics.entries())
          sums[index] = (sums[index] ?? 0) + Number(commit.operationMetrics[metric]);
      }
      this.#seen.set(table, history.length);
    }
    return sums;
  }
}

const COLUMNS = [
  'day',
  'seconds',
  'files read',
  'raw rows appended',
  'rows merged',
  'clean rows copied',
  'clean files rewritten',
  'clean rows',
];

async function day(pipeline: Pipeline, commits: Commits, number: number, posts: number): Promise<number[]> {
  await landPosts(pipeline, number * posts, posts);
  const started = performance.now();
  const results = await pipeline.job();
  const seconds = (performance.now() - started) / 1000;

  const output = results.map((result) => ('output' in result ? result.output : '')).join('\n');
  const files = [...output.matchAll(/(\d+) new files read/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
  const raw = datasets.map(({ name }) => rawTable(name));
  const clean = datasets.map(({ name }) => cleanTable(name));
  const appended = await commits.news(raw, 'STREAMING UPDATE', ['numOutputRows']);
  const merged = await commits.news(clean, 'MERGE', [
    'numSourceRows',
    'numTargetRowsCopied',
    'numTargetFilesRemoved',
  ]);
  let rows = 0;
  for (const table of clean) {
    const [counted] = await pipeline.spark.kernel.sql(`SELECT count(*) AS rows FROM ${pipeline.id}.${table}`);
    rows += Number(counted?.rows);
  }
  return [number + 1, Number(seconds.toFixed(1)), files, ...appended, ...merged, rows];
}

const flags = (args: readonly string[]) =>
  commandLine(
    'npx tsx bench/days.ts [flags]',
    'What each day of posts costs the batch job as its tables grow.',
    args,
  )
    .options({
      days: { type: 'number', default: 10, requiresArg: true, describe: 'number of days' },
      posts: { type: 'number', default: 1000, requiresArg: true, describe: 'new posts a day' },
    })
    .parseSync();

await runAsProgram(async () => {
  const { days, posts } = flags(process.argv.slice(2));
  const table = new Table({
    head: COLUMNS,
    colAligns: COLUMNS.map(() => 'right' as const),
    style: { ...PLAIN_TABLE, compact: true },
  });
  const spark = await OwnSpark.start();
  try {
    const pipeline = await Pipeline.open(spark, 'days');
    await pipeline.mount();
    const commits = new Commits(pipeline);
    for (let number = 0; number < days; number++) table.push(await day(pipeline, commits, number, posts));
  } finally {
    await spark.stop();
  }
  console.log(table.toString());
});
